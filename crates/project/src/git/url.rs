//! Whether two spellings mean the same repository.

/// `git@github.com:org/shop.git` and `https://github.com/org/shop` alike become
/// `github.com/org/shop`: the subject of a merge names the remote as whoever pulled had it, without
/// the user and without `.git` (git's `fetch` strips both).
pub(super) fn normalized(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, url),
    };
    let rest = rest.trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    let rest = rest.trim_end_matches('/');
    if scheme == Some("file") {
        return rest.to_owned();
    }
    let (host, path) = match (scheme, rest.split_once('/'), rest.split_once(':')) {
        (Some(_), Some((host, path)), _) => (host, path),
        // `host:path`, unless a slash comes first: then it is a path.
        (None, _, Some((host, path))) if !host.contains('/') => (host, path),
        _ => return rest.to_owned(),
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = match host.split_once(':') {
        Some((name, port)) if port.chars().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    };
    format!(
        "{}/{}",
        host.to_ascii_lowercase(),
        path.trim_start_matches('/')
    )
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn spellings_of_one_repository() {
        for url in [
            "git@github.com:org/shop.git",
            "github.com:org/shop",
            "https://github.com/org/shop",
            "https://me:token@GitHub.com/org/shop.git/",
            "ssh://git@github.com:22/org/shop.git",
        ] {
            assert_eq!(normalized(url), "github.com/org/shop", "{url}");
        }
        assert_eq!(normalized("/srv/shop.git"), "/srv/shop");
        assert_eq!(normalized("file:///srv/shop"), "/srv/shop");
        assert_eq!(normalized("../shop"), "../shop");
        assert_ne!(
            normalized("git@github.com:me/shop"),
            normalized("git@github.com:org/shop")
        );
    }
}
