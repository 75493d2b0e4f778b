//! One thin adapter per operation, made from the API's one list: an operation without an adapter does not compile.
//! Which window may call which is said in `capabilities/`.

use crate::app_state::{AppState, AppView};
use crate::settings::Theme;
use crate::signing::{self, SignRequest};
use crate::windows;
use crate::world_lifecycle::{self, Make};
use grace_api::operations;
use grace_api::problem::Problem;
use grace_api::requests::*;
use grace_api::types::*;
use grace_domain::core::codes::Code;
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

/// Between two checks whether a closed window is gone, and how many.
const GONE_EVERY: Duration = Duration::from_millis(10);
const GONE_CHECKS: u32 = 200;

fn failed(error: &tauri::Error) -> Problem {
    Problem::new(500, Code::WindowFailed, format!("The window could not be opened: {error}."), "Try again.")
}

#[tauri::command]
fn app_state(state: State<'_, AppState>) -> AppView {
    state.app()
}

#[tauri::command]
async fn world_demo(app: AppHandle<Wry>, state: State<'_, AppState>) -> Result<AppView, Problem> {
    let dir = PathBuf::from(state.app().demo_dir);
    world_lifecycle::by_request(&app, &dir, Make::Demo).await
}

#[tauri::command]
async fn world_create(app: AppHandle<Wry>, request: CreateRequest) -> Result<AppView, Problem> {
    let dir = world_lifecycle::directory(&request.dir)?;
    let make = Make::World { people: request.people, policy: request.policy };
    world_lifecycle::by_request(&app, &dir, make).await
}

#[tauri::command]
async fn world_open(app: AppHandle<Wry>, request: OpenRequest) -> Result<AppView, Problem> {
    let dir = world_lifecycle::directory(&request.dir)?;
    world_lifecycle::by_request(&app, &dir, Make::Nothing).await
}

#[tauri::command]
fn theme_set(state: State<'_, AppState>, request: ThemeRequest) {
    state.set_theme(request.theme);
}

#[tauri::command]
async fn signing_open(
    app: AppHandle<Wry>,
    state: State<'_, AppState>,
    request: SigningRequest,
) -> Result<(), Problem> {
    // What cannot be shown is not opened: the main window hears why.
    state.client()?.signing_show(request.clone()).await?;
    let _one_at_a_time = state.signing_window().await;
    state.set_signing(Some(request));
    windows::open_signing(&app).map_err(|e| failed(&e))
}

fn about(state: &AppState) -> Result<SigningRequest, Problem> {
    state.signing().ok_or_else(|| {
        Problem::new(
            409,
            Code::NothingToSign,
            "There is nothing to sign. Nothing was signed.",
            "Close this window.",
        )
    })
}

/// What is to be signed, under which seal, and in which theme it is shown.
#[derive(serde::Serialize)]
struct SealedView {
    #[serde(flatten)]
    view: SigningView,
    /// Stands for all that is shown; `sign` hands it back.
    seal: String,
    theme: Theme,
    /// The description of a component that requests to join, as it will be handed in; the seal is over it too.
    target: Option<ComponentDraft>,
    /// The draft of an update that is submitted; the seal is over it too.
    draft: Option<UpdateDraft>,
}

#[tauri::command]
async fn signing_view(state: State<'_, AppState>) -> Result<SealedView, Problem> {
    let about = about(&state)?;
    let view = state.client()?.signing_show(about.clone()).await?;
    let seal = signing::seal(&about, &view)?;
    Ok(SealedView { seal, view, theme: state.app().theme, target: about.target, draft: about.draft })
}

#[tauri::command]
async fn sign(state: State<'_, AppState>, request: SignRequest) -> Result<ActView, Problem> {
    let done = Box::pin(signing::sign(&state.client()?, about(&state)?, request)).await?;
    state.set_signing(None);
    Ok(done)
}

#[tauri::command]
async fn signing_close(app: AppHandle<Wry>, state: State<'_, AppState>) -> Result<(), Problem> {
    let _one_at_a_time = state.signing_window().await;
    state.set_signing(None);
    windows::close_signing(&app);
    // Whoever opens it next must not find the one that is going.
    for _ in 0..GONE_CHECKS {
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
        $(#[tauri::command] async fn $rn(state: State<'_, AppState>, request: $rq) -> Result<$rv, Problem> {
            state.client()?.$rn(request).await
        })*
        $(#[tauri::command] async fn $pn(state: State<'_, AppState>, request: $pq) -> Result<$pv, Problem> {
            state.client()?.$pn(request).await
        })*
        $(#[tauri::command] async fn $on(state: State<'_, AppState>, request: $oq) -> Result<$ov, Problem> {
            state.client()?.$on(request).await
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
pub fn run(state: AppState) -> tauri::Result<()> {
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_notification::init())
        .manage(state)
        .invoke_handler(handler())
        .setup(|app| {
            windows::open_main(app.handle())?;
            tauri::async_runtime::spawn(world_lifecycle::at_start(app.handle().clone()));
            tauri::async_runtime::spawn(end_on_signal(app.handle().clone()));
            Ok(())
        })
        .on_window_event(|window, event| {
            if let tauri::WindowEvent::Destroyed = event {
                if window.label() == windows::SIGNING {
                    window.state::<AppState>().set_signing(None);
                } else if window.label() == windows::MAIN {
                    windows::close_signing(window.app_handle());
                }
            }
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(app.state::<AppState>().close());
        }
    });
    Ok(())
}
