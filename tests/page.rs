//! The HTML page of `rechain graph`, in a real browser.
//!
//! Needs `chromium` on the path (Debian and Ubuntu: `apt-get install chromium`), so these tests are
//! ignored by default: `cargo test --test page -- --ignored` runs them, as `.ci/slow` does.

#![allow(clippy::disallowed_methods, reason = "tests make and read files")]

use std::fs;
use std::path::Path;
use std::process::Command;

use rechain_testing::{corpus, fixture, target};
use serde_json::{Value, json};

/// Presses keys and searches, and leaves what is then seen in the document.
const VISIT: &str = r#"<script>
const press = (key) => dispatchEvent(new KeyboardEvent("keydown", { key }));
const later = (then) => new Promise((done) => setTimeout(() => done(then()), 50));
const shown = () => [...document.querySelectorAll(".details section")]
  .filter((it) => getComputedStyle(it).display !== "none")
  .map((it) => it.querySelector("h2").textContent);
const dimmed = () => document.querySelectorAll(".graphs svg.now a.out").length;
const drawings = () => [...document.querySelectorAll(".graphs svg")]
  .filter((it) => getComputedStyle(it).display !== "none").map((it) => it.getAttribute("class"));
const edges = () => [...document.querySelectorAll("section:target .verdict")].map((it) => it.textContent);
const type = (text) => { search.value = text; search.dispatchEvent(new Event("input")); };
(async () => {
  const seen = [];
  seen.push(shown());
  press("j"); seen.push(await later(shown));
  press("j"); seen.push(await later(shown));
  press("k"); seen.push(await later(shown));
  press("/"); seen.push(document.activeElement === search);
  type("DOCUMENT_SHARES"); seen.push(dimmed(), found.textContent);
  search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  seen.push(await later(shown));
  type(""); seen.push(dimmed());
  document.querySelectorAll(".graphs svg.now a")[5].dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  seen.push(await later(shown));
  // What a repair makes of it, chosen with the keyboard's own means.
  seen.push(drawings());
  document.querySelector("input[value=then]").click();
  seen.push(await later(drawings));
  type("");
  document.querySelector(".graphs svg.then a").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  await later(shown); press("j"); await later(shown); press("j");
  seen.push(await later(shown));
  press("j");
  seen.push(await later(shown));
  seen.push(edges().map((it) => it.split(":")[0]));
  const result = document.createElement("pre");
  result.id = "seen";
  result.textContent = JSON.stringify(seen);
  document.body.append(result);
})();
</script>"#;

/// The page of a project.
fn page(project: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(["graph", "--format", "html"])
        .args(arguments)
        .current_dir(project)
        .output()
        .expect("the program runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A browser that keeps nothing, with its profile in `home`.
fn browser(home: &Path) -> Command {
    let mut browser = Command::new("chromium");
    browser
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--virtual-time-budget=5000",
        ])
        .env("HOME", home);
    browser
}

const MISSING: &str = "`chromium` starts; Debian and Ubuntu: apt-get install chromium";

#[test]
#[ignore = "needs chromium on the path; .ci/slow runs it"]
fn keys_links_search_and_the_repaired_chain() {
    let example = fixture::example("leadgen/backend");
    let page = page(example.path(), &[]);
    let addresses = page.matches("http://").count() + page.matches("https://").count();
    let names = page.matches("xmlns=\"http://").count();
    assert_eq!(addresses, names, "the page fetches nothing");
    let page = page.replace("</body>", &format!("{VISIT}</body>"));
    let file = example.path().join("graph.html");
    fs::write(&file, page).expect("a file");

    let browser = browser(example.path())
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .expect(MISSING);
    let dom = String::from_utf8_lossy(&browser.stdout);
    let seen = dom
        .split_once("<pre id=\"seen\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"))
        .unwrap_or_else(|| panic!("the visit did not end:\n{dom}"))
        .0;
    let seen: Value = serde_json::from_str(seen).expect("JSON");
    assert_eq!(
        seen,
        json!([
            [],
            ["Add marketing automation tables"],
            ["Add CRUD tables: customers, policies, claims, communications, reports"],
            ["Add marketing automation tables"],
            true,
            5,
            "1 of 6",
            ["Add file and document management"],
            0,
            ["init schema"],
            ["now"],
            ["then"],
            ["Add file and document management"],
            ["Add documents table"],
            ["independent"],
        ])
    );
}

/// Histories of hundreds of revisions: the page and the drawing open and are light. The pictures
/// are left in `target/screenshots/` to be looked at.
#[test]
#[ignore = "needs chromium on the path; .ci/slow runs it"]
fn large_histories_open_and_are_light() {
    let screenshots = target("screenshots");
    let home = tempfile::tempdir().expect("a temporary directory");
    for name in ["apache-superset", "backend-ai-manager"] {
        let history = corpus::package(name).remove(0);
        let revisions = history.path.to_string_lossy().into_owned();
        let html = page(home.path(), &[&revisions]);
        let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
            .args(["graph", "--full", "--format", "svg", &revisions])
            .output()
            .expect("the program runs");
        let svg = String::from_utf8(output.stdout).expect("UTF-8");
        for (kind, text) in [("html", html), ("svg", svg)] {
            assert!(
                text.len() < 2_000_000,
                "{name}.{kind}: {} bytes",
                text.len()
            );
            assert!(
                text.matches("<circle").count() >= history.migrations,
                "{name}.{kind}"
            );
            let file = screenshots.join(format!("{name}.{kind}"));
            fs::write(&file, text).expect("a file");
            for scheme in ["light", "dark"] {
                let picture = screenshots.join(format!("{name}-{kind}-{scheme}.png"));
                fs::remove_file(&picture).ok();
                let mut browser = browser(home.path());
                if scheme == "dark" {
                    browser.arg("--blink-settings=preferredColorScheme=0");
                }
                let output = browser
                    .arg("--window-size=1400,1000")
                    .arg(format!("--screenshot={}", picture.display()))
                    .arg(format!("file://{}#e0r7", file.display()))
                    .output()
                    .expect(MISSING);
                let size = fs::metadata(&picture).map_or(0, |it| it.len());
                assert!(
                    size > 20_000,
                    "{}: {size} bytes: {}",
                    picture.display(),
                    String::from_utf8_lossy(&output.stderr)
                );
            }
        }
    }
}
