//! One thin adapter per operation, made from the API's one list: an operation without an adapter does not compile.
//! Which window may call which is said in `capabilities/`.

use crate::desk::{AppState, Desk};
use crate::opening::{self, Make};
use crate::settings::Theme;
use crate::signing::{self, SignRequest};
use crate::windows;
use grace_api::operations;
use grace_api::problem::Problem;
use grace_api::requests::*;
use grace_api::views::*;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;
use tauri::{AppHandle, Manager as _, RunEvent, State, Wry};
use tokio::signal::unix::{SignalKind, signal};

/// A new world.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    dir: String,
    people: String,
    policy: String,
}

/// A world that exists.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenRequest {
    dir: String,
}

/// A theme.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeRequest {
    theme: Theme,
}

/// Between two looks whether a closed window is gone, and how many.
const GONE_EVERY: Duration = Duration::from_millis(10);
const GONE_LOOKS: u32 = 200;

fn failed(error: &tauri::Error) -> Problem {
    Problem::new(500, "window_failed", format!("The window could not be opened: {error}."), "Try again.")
}

#[tauri::command]
fn app_state(desk: State<'_, Desk>) -> AppState {
    desk.app()
}

#[tauri::command]
async fn world_demo(app: AppHandle<Wry>, desk: State<'_, Desk>) -> Result<AppState, Problem> {
    let dir = PathBuf::from(desk.app().demo_dir);
    opening::by_request(&app, &dir, Make::Demo).await
}

#[tauri::command]
async fn world_create(app: AppHandle<Wry>, request: CreateRequest) -> Result<AppState, Problem> {
    let dir = opening::directory(&request.dir)?;
    let make = Make::World { people: request.people, policy: request.policy };
    opening::by_request(&app, &dir, make).await
}

#[tauri::command]
async fn world_open(app: AppHandle<Wry>, request: OpenRequest) -> Result<AppState, Problem> {
    let dir = opening::directory(&request.dir)?;
    opening::by_request(&app, &dir, Make::Nothing).await
}

#[tauri::command]
fn theme_set(desk: State<'_, Desk>, request: ThemeRequest) {
    desk.set_theme(request.theme);
}

#[tauri::command]
async fn signing_open(
    app: AppHandle<Wry>,
    desk: State<'_, Desk>,
    request: SigningRequest,
) -> Result<(), Problem> {
    // What cannot be shown is not opened: the main window hears why.
    desk.client()?.signing_show(request.clone()).await?;
    let _one_at_a_time = desk.signing_window().await;
    desk.set_signing(Some(request));
    windows::open_signing(&app).map_err(|e| failed(&e))
}

fn about(desk: &Desk) -> Result<SigningRequest, Problem> {
    desk.signing().ok_or_else(|| {
        Problem::new(
            409,
            "nothing_to_sign",
            "There is nothing to sign. Nothing was signed.",
            "Close this window.",
        )
    })
}

/// What is to be signed, under which seal, and in which theme it is shown.
#[derive(serde::Serialize)]
struct Shown {
    #[serde(flatten)]
    view: SigningView,
    /// Stands for all that is shown; `sign` hands it back.
    seal: String,
    theme: Theme,
    /// The description of a component that asks to join, as it will be handed in; the seal is over it too.
    target: Option<ComponentDraft>,
}

#[tauri::command]
async fn signing_view(desk: State<'_, Desk>) -> Result<Shown, Problem> {
    let about = about(&desk)?;
    let view = desk.client()?.signing_show(about.clone()).await?;
    let seal = signing::seal(&about, &view)?;
    Ok(Shown { seal, view, theme: desk.app().theme, target: about.target })
}

#[tauri::command]
async fn sign(desk: State<'_, Desk>, request: SignRequest) -> Result<ActView, Problem> {
    let done = Box::pin(signing::sign(&desk.client()?, about(&desk)?, request)).await?;
    desk.set_signing(None);
    Ok(done)
}

#[tauri::command]
async fn signing_close(app: AppHandle<Wry>, desk: State<'_, Desk>) -> Result<(), Problem> {
    let _one_at_a_time = desk.signing_window().await;
    desk.set_signing(None);
    windows::close_signing(&app);
    // Whoever opens it next must not find the one that is going.
    for _ in 0..GONE_LOOKS {
        if app.get_webview_window(windows::SIGNING).is_none() {
            break;
        }
        tokio::time::sleep(GONE_EVERY).await;
    }
    Ok(())
}

macro_rules! adapters {
    (
        read { $($rn:ident: $rm:ident $rp:literal $rq:ident -> $rv:ident;)* }
        prepare { $($pn:ident: $pm:ident $pp:literal $pq:ident -> $pv:ident;)* }
        operate { $($on:ident: $om:ident $op:literal $oq:ident -> $ov:ident;)* }
        signed { $($signed:tt)* }
    ) => {
        $(#[tauri::command] async fn $rn(desk: State<'_, Desk>, request: $rq) -> Result<$rv, Problem> {
            desk.client()?.$rn(request).await
        })*
        $(#[tauri::command] async fn $pn(desk: State<'_, Desk>, request: $pq) -> Result<$pv, Problem> {
            desk.client()?.$pn(request).await
        })*
        $(#[tauri::command] async fn $on(desk: State<'_, Desk>, request: $oq) -> Result<$ov, Problem> {
            desk.client()?.$on(request).await
        })*

        fn handler() -> impl Fn(tauri::ipc::Invoke<Wry>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![
                app_state, world_demo, world_create, world_open, theme_set, signing_open, signing_view, sign,
                signing_close, $($rn,)* $($pn,)* $($on,)*
            ]
        }
    };
}
operations!(adapters);

/// Told to end from outside: closes the windows in order, so that the engine stops before the process does.
async fn end_on_signal(app: AppHandle<Wry>) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    app.exit(0);
}

/// Opens the window and runs until it is closed.
pub fn run(desk: Desk) -> tauri::Result<()> {
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_notification::init())
        .manage(desk)
        .invoke_handler(handler())
        .setup(|app| {
            windows::open_main(app.handle())?;
            tauri::async_runtime::spawn(opening::at_start(app.handle().clone()));
            tauri::async_runtime::spawn(end_on_signal(app.handle().clone()));
            Ok(())
        })
        .on_window_event(|window, event| {
            if let tauri::WindowEvent::Destroyed = event {
                if window.label() == windows::SIGNING {
                    window.state::<Desk>().set_signing(None);
                } else if window.label() == windows::MAIN {
                    windows::close_signing(window.app_handle());
                }
            }
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(app.state::<Desk>().close());
        }
    });
    Ok(())
}
