//! What is special about names on Windows, as pure functions of text, so that it is tested everywhere.

/// Whether Windows takes a file name for a device: `NUL`, `con.py`, `COM1 .txt`
/// (<https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file>).
pub(crate) fn is_device(name: &str) -> bool {
    let stem = name.split(['.', ':']).next().unwrap_or(name);
    let stem = stem.trim_end_matches(' ').to_ascii_uppercase();
    if matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) {
        return true;
    }
    let number = stem
        .strip_prefix("COM")
        .or_else(|| stem.strip_prefix("LPT"));
    let mut digits = number.unwrap_or_default().chars();
    matches!(
        (digits.next(), digits.next()),
        (Some('0'..='9' | '¹' | '²' | '³'), None)
    )
}

/// A path in the form that Windows itself gives a resolved one (`\\?\C:\a`, `\\?\UNC\server\share\a`), in the one that
/// git and people know (`C:\a`, `\\server\share\a`); `None` where it has no other form, or means something else in it.
///
/// However long it is: the standard library gives long paths to the system in the first form by itself.
pub(crate) fn without_verbatim_prefix(path: &str) -> Option<String> {
    let rest = path.strip_prefix(r"\\?\")?;
    let (start, names) = if let Some(share) = rest.strip_prefix(r"UNC\") {
        (r"\\", share)
    } else {
        let [letter, b':', b'\\', ..] = rest.as_bytes() else {
            return None;
        };
        if !letter.is_ascii_alphabetic() {
            return None;
        }
        ("", rest)
    };
    // Elsewhere they would be cut, or taken for something else.
    let stays = |name: &str| !name.ends_with(['.', ' ']) && !name.contains('/') && !is_device(name);
    let mut parts = names.split('\\');
    if start.is_empty() {
        parts.next();
    }
    parts.all(stays).then(|| format!("{start}{names}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_known_with_any_extension() {
        for name in [
            "NUL",
            "nul.py",
            "Con.tar.gz",
            "aux .py",
            "com1.py",
            "LPT9",
            "COM¹",
            "conin$",
        ] {
            assert!(is_device(name), "{name}");
        }
        for name in [
            "null.py",
            "a_con.py",
            "com.py",
            "com10.py",
            "lptx",
            "",
            ".nul",
            "1a2b_aux.py",
        ] {
            assert!(!is_device(name), "{name}");
        }
    }

    #[test]
    fn resolved_paths_are_given_as_people_know_them() {
        let check = |path: &str, plain: Option<&str>| {
            assert_eq!(without_verbatim_prefix(path).as_deref(), plain, "{path}");
        };
        check(r"\\?\C:\Users\me\a.py", Some(r"C:\Users\me\a.py"));
        check(r"\\?\C:\", Some(r"C:\"));
        check(
            r"\\?\UNC\wsl.localhost\Debian\home\me",
            Some(r"\\wsl.localhost\Debian\home\me"),
        );
        let long = format!(r"C:\{}", r"versions\".repeat(40) + "a.py");
        check(&format!(r"\\?\{long}"), Some(&long));
        // Nothing else names these.
        check(r"\\?\C:\a\nul.py", None);
        check(r"\\?\C:\a.\b", None);
        check(r"\\?\C:\a \b", None);
        check(r"\\?\Volume{b75e2c83-0000-0000-0000-602f00000000}\a", None);
        // As it should be.
        check(r"C:\a", None);
        check(r"\\server\share\a", None);
        check("/home/me/a", None);
    }
}
