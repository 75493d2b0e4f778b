//! The real windows, driven over WebDriver: what a person sees and does, and what a script in the page cannot do.

mod driver;
mod journeys;
mod reach;
mod ring;
mod screens;

use driver::{Driver, Page};
use serde_json::Value;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// The demo world in the open app.
struct DemoApp {
    driver: Driver,
    base: TempDir,
}

impl DemoApp {
    fn open() -> Self {
        let app = Self::start(true);
        app.driver.until_text("Nothing needs you");
        app
    }

    /// The app where there is no world yet.
    fn first_start() -> Self {
        Self::start(false)
    }

    fn start(demo: bool) -> Self {
        let base = tempfile::tempdir().expect("a directory");
        let driver = Driver::open(&base.path().join("world"), base.path(), demo);
        driver.window(Page::Main);
        Self { driver, base }
    }

    fn world(&self) -> std::path::PathBuf {
        self.base.path().join("world")
    }

    fn passphrase(&self) -> String {
        fs::read_to_string(self.world().join("people/passphrase"))
            .expect("the demo's passphrase")
            .trim()
            .to_owned()
    }

    /// The command line beside the window, on the same engine.
    fn cli(&self, args: &[&str]) -> Value {
        let named = std::env::var_os("GRACE_BIN").map(std::path::PathBuf::from);
        let own = std::env::current_exe().expect("this test's path");
        let program = named.unwrap_or_else(|| own.ancestors().nth(2).expect("target/debug").join("grace"));
        let out = Command::new(program)
            .arg("--json")
            .arg("--data-dir")
            .arg(self.world())
            .args(args)
            .output()
            .expect("grace");
        assert!(
            out.status.success(),
            "{args:?}: {}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        );
        serde_json::from_slice(&out.stdout).expect("JSON")
    }

    fn submit(&self, title: &str, description: &str, content: &str) -> String {
        self.submit_to(("checkout", "checkout.conf"), title, description, content)
    }

    fn submit_to(
        &self,
        (component, path): (&str, &str),
        title: &str,
        description: &str,
        content: &str,
    ) -> String {
        let file = self.base.path().join("new.conf");
        fs::write(&file, content).expect("written");
        let place = format!("{path}={}", file.display());
        let pass = self.world().join("people/passphrase").display().to_string();
        let answer = self.cli(&[
            "update",
            "submit",
            "--component",
            component,
            "--file",
            &place,
            "--title",
            title,
            "--description",
            description,
            "--as",
            "developer",
            "--passphrase-file",
            &pass,
            "--risk",
            "low",
        ]);
        answer["id"].as_str().expect("an id").to_owned()
    }

    fn managed(&self) -> String {
        fs::read_to_string(self.world().join("targets/checkout/checkout.conf")).expect("the managed file")
    }

    /// Signs in the signing window as `person`, which a press has opened.
    fn sign(&self, person: &str, reason: &str, button: &str) {
        let d = &self.driver;
        d.window(Page::Signing);
        d.press(&format!("//select[@name='signer']/option[starts-with(., '{person}')]"));
        d.type_into("//input[@type='password']", &self.passphrase());
        if !reason.is_empty() {
            d.type_into("//footer//label[contains(., 'Reason')]//input", reason);
        }
        d.press(&format!("//footer//button[contains(., '{button}')]"));
        d.until_text("Signed.");
        self.leave();
    }

    /// Closes the signing window by its button.
    fn leave(&self) {
        let d = &self.driver;
        d.press_last("//footer//button[normalize-space(.) = 'Close' or normalize-space(.) = 'Cancel']");
        d.until("the signing window closed", || d.windows() == 1);
        d.window(Page::Main);
    }
}

const NEW: &str = "# Checkout\nretry.budget = 5\nretry.backoff = 200ms\ncard.timeout = 4s\n";
