//! The HTML page of `rechain graph`, in a real browser.
//!
//! Needs `chromium` on the path (Debian and Ubuntu: `apt-get install chromium`), so these tests are
//! ignored by default: `cargo test --test page -- --ignored` runs them, as `.ci/run` does.

#![allow(clippy::disallowed_methods, reason = "tests make and read files")]

use std::fs;
use std::process::Command;

use rechain_testing::fixture;
use serde_json::{Value, json};

/// Presses keys and searches, and leaves what is then seen in the document.
const VISIT: &str = r#"<script>
const press = (key) => dispatchEvent(new KeyboardEvent("keydown", { key }));
const later = (then) => new Promise((done) => setTimeout(() => done(then()), 50));
const shown = () => [...document.querySelectorAll(".details section")]
  .filter((it) => getComputedStyle(it).display !== "none")
  .map((it) => it.querySelector("h2").textContent);
const dimmed = () => document.querySelectorAll(".graphs a.out").length;
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
  document.querySelectorAll(".graphs a")[5].dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  seen.push(await later(shown));
  const result = document.createElement("pre");
  result.id = "seen";
  result.textContent = JSON.stringify(seen);
  document.body.append(result);
})();
</script>"#;

#[test]
#[ignore = "needs chromium on the path; .ci/run runs it"]
fn keys_links_and_search() {
    let example = fixture::example("leadgen/backend");
    let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(["graph", "--format", "html"])
        .current_dir(example.path())
        .output()
        .expect("the program runs");
    let page = String::from_utf8(output.stdout).expect("UTF-8");
    let addresses = page.matches("http://").count() + page.matches("https://").count();
    let names = page.matches("xmlns=\"http://").count();
    assert_eq!(addresses, names, "the page fetches nothing");
    let page = page.replace("</body>", &format!("{VISIT}</body>"));
    let file = example.path().join("graph.html");
    fs::write(&file, page).expect("a file");

    let browser = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=5000",
        ])
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .env("HOME", example.path())
        .output()
        .expect("`chromium` starts; Debian and Ubuntu: apt-get install chromium");
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
        ])
    );
}
