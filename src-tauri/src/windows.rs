//! The two windows and what is told to the main one. The signing window is made at run time, hears no event, and is
//! told nothing but answers to its own questions.

use grace_api::client::Client;
use grace_api::views::NoticeView;
use tauri::{AppHandle, Emitter, Manager, Runtime, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_notification::NotificationExt as _;

/// Label of the main window.
pub const MAIN: &str = "main";
/// Label of the signing window.
pub const SIGNING: &str = "signing";

/// Only our own pages, whatever a script or a link says.
fn own_page(url: &tauri::Url) -> bool {
    url.scheme() == "tauri" || (url.scheme() == "http" && url.host_str() == Some("tauri.localhost"))
}

/// Opens the main window.
pub fn open_main<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title("Grace Control Center")
        .inner_size(1280.0, 800.0)
        .min_inner_size(900.0, 600.0)
        .on_navigation(own_page)
        .build()
        .map(drop)
}

/// Opens the signing window, or brings the open one to the front: it reads again what it is about.
pub fn open_signing<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    if let Some(open) = app.get_webview_window(SIGNING) {
        open.reload()?;
        return open.set_focus();
    }
    WebviewWindowBuilder::new(app, SIGNING, WebviewUrl::App("signing.html".into()))
        .title("Sign — Grace")
        .inner_size(760.0, 860.0)
        .min_inner_size(640.0, 560.0)
        .on_navigation(own_page)
        .build()
        .map(drop)
}

/// Closes the signing window.
pub fn close_signing<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(SIGNING)
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the signing window did not close");
    }
}

/// Tells the main window what became durable, until the engine is gone.
pub async fn pump<R: Runtime>(app: AppHandle<R>, client: Client) {
    let mut following = match client.notices(None).await {
        Ok(following) => following,
        Err(problem) => {
            tracing::warn!(%problem, "no notices; the window reads by itself");
            return;
        }
    };
    while let Ok(notices) = following.next().await {
        for notice in &notices {
            notify(&app, notice);
        }
        if let Err(error) = app.emit_to(MAIN, "grace:notice", &notices) {
            tracing::warn!(%error, "the main window was not told");
        }
    }
}

/// An OS notification for what needs a person. It opens nothing and decides nothing.
fn notify<R: Runtime>(app: &AppHandle<R>, notice: &NoticeView) {
    let (title, body) = match notice.entry_type.as_str() {
        "update.packaged" => ("An update waits for approval", "Open Grace to review and sign."),
        "handshake.requested" => ("A component asks to join", "Open Grace to review and sign."),
        "update.rollback_started" => ("An update is being taken back", "Open Grace to see why."),
        "update.rollback_failed" => ("A rollback failed", "Open Grace: adopt or restore leads out."),
        "update.held" => ("An update is held", "Nobody can tell whether it hurts; keep it or roll it back."),
        _ => return,
    };
    if let Err(error) = app.notification().builder().title(title).body(body).show() {
        tracing::debug!(%error, "this desktop shows no notifications");
    }
}
