//! The two windows and what is told to the main one. The signing window is made at run time, hears no event, and is
//! told nothing but answers to its own questions. Each window shows its own page and no other, and opens none.

use crate::environment;
use grace_api::types::NoticeView;
use grace_domain::log::Call;
use serde::Serialize;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Emitter as _, Manager as _, Url, WebviewUrl, WebviewWindowBuilder, Wry};
use tauri_plugin_notification::NotificationExt as _;
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

/// Label of the main window.
pub const MAIN: &str = "main";
/// Label of the signing window.
pub const SIGNING: &str = "signing";

/// Address of the signing window's page.
const SIGNING_PAGE: &str = "tauri://localhost/signing.html";

/// A window's own page, wherever a script or a link points. A page in the other window would have the other
/// window's rights.
fn is_page(url: &Url, page: &str) -> bool {
    url.scheme() == "tauri"
        && url.host_str() == Some("localhost")
        && (url.path() == format!("/{page}") || (matches!(url.path(), "" | "/") && page == "index.html"))
}

fn open(app: &AppHandle<Wry>, label: &str, page: &'static str, shape: Shape) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, label, WebviewUrl::App(page.into()))
        .title(shape.title)
        .inner_size(shape.size.0, shape.size.1)
        .min_inner_size(shape.least.0, shape.least.1)
        .on_navigation(move |url| is_page(url, page))
        .on_document_title_changed(|window, title| {
            if let Err(error) = window.set_title(&title) {
                tracing::debug!(%error, "the window kept its title");
            }
        })
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    if !environment::has_gpu() {
        window.with_webview(|webview| {
            if let Some(settings) = webview.inner().settings() {
                settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
            }
        })?;
    }
    Ok(())
}

/// How a window looks from outside; sizes in logical pixels.
struct Shape {
    title: &'static str,
    size: (f64, f64),
    least: (f64, f64),
}

/// Opens the main window.
pub fn open_main(app: &AppHandle<Wry>) -> tauri::Result<()> {
    let shape = Shape { title: "Grace Control Center", size: (1280.0, 800.0), least: (900.0, 600.0) };
    open(app, MAIN, "index.html", shape)
}

/// Opens the signing window, or brings the open one to the front: it reads again what it is about. One caller at a
/// time: two presses must not both find no window.
pub fn open_signing(app: &AppHandle<Wry>) -> tauri::Result<()> {
    if let Some(open) = app.get_webview_window(SIGNING) {
        // Not a reload: while its first page is still coming there is nothing to load again.
        open.navigate(Url::parse(SIGNING_PAGE).map_err(tauri::Error::InvalidUrl)?)?;
        open.unminimize()?;
        return open.set_focus();
    }
    let shape = Shape { title: "Sign — Grace", size: (760.0, 860.0), least: (640.0, 560.0) };
    open(app, SIGNING, "signing.html", shape)
}

/// Closes the signing window; it may still be there for a moment.
pub fn close_signing(app: &AppHandle<Wry>) {
    if let Some(window) = app.get_webview_window(SIGNING)
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the signing window did not close");
    }
}

/// Publishes to the main window, and only that one.
pub fn publish(app: &AppHandle<Wry>, event: &str, payload: &(impl Serialize + Clone)) {
    if let Err(error) = app.emit_to(MAIN, event, payload) {
        tracing::warn!(%error, event, "the main window was not told");
    }
}

/// An OS notification for what needs a person. It opens nothing and decides nothing.
pub fn notify(app: &AppHandle<Wry>, notice: &NoticeView) {
    let Some((title, body)) = notice.calls.map(notification) else { return };
    if let Err(error) = app.notification().builder().title(title).body(body).show() {
        tracing::debug!(%error, "this desktop shows no notifications");
    }
}

/// Title and text for what a person is called to. No word of a person's own: a title could pretend anything.
fn notification(call: Call) -> (&'static str, &'static str) {
    match call {
        Call::Approve => ("An update waits for approval", "Open Grace to review and sign."),
        Call::HandshakeApprove => ("A component requests to join", "Open Grace to review and sign."),
        Call::Rollback => ("An update is being rolled back", "Open Grace to see why."),
        Call::RollbackFailed => ("A rollback failed", "Open Grace: adopt or restore leads out."),
        Call::Held => ("An update is held", "Nobody can tell whether it hurts; keep it or roll it back."),
    }
}

#[cfg(test)]
mod tests {
    use super::{Url, is_page};

    #[test]
    fn a_window_stays_on_its_own_page() {
        let allows = |url: &str, page: &str| is_page(&url.parse::<Url>().expect("a URL"), page);
        assert!(allows("tauri://localhost", "index.html"));
        assert!(allows("tauri://localhost/index.html#/log", "index.html"));
        assert!(allows(super::SIGNING_PAGE, "signing.html"));
        for url in [
            "tauri://localhost/signing.html",
            "tauri://elsewhere/index.html",
            "http://tauri.localhost/index.html",
            "https://example.com/index.html",
            "file:///index.html",
            "data:text/html,x",
            "about:blank",
        ] {
            assert!(!allows(url, "index.html"), "{url}");
        }
        assert!(!allows("tauri://localhost/", "signing.html"));
    }
}
