//! One thin adapter per operation, made from the API's one list: an operation without an adapter does not compile.
//! Which window may call which is said in `capabilities/`.

use crate::desk::{AppState, Desk};
use crate::settings::Theme;
use crate::signing::{self, SignRequest};
use crate::windows;
use grace_api::operations;
use grace_api::problem::Problem;
use grace_api::requests::*;
use grace_api::views::*;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tauri::{AppHandle, Emitter as _, Manager as _, RunEvent, State, Wry};

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

fn failed(error: &tauri::Error) -> Problem {
    Problem::new(500, "window_failed", format!("The window could not be opened: {error}."), "Try again.")
}

fn directory(text: &str) -> Result<PathBuf, Problem> {
    let bad = || Problem::new(422, "bad_directory", "Name a directory.", "For example ~/grace/production");
    let text = text.trim();
    if text.is_empty() {
        return Err(bad());
    }
    let path = match text.strip_prefix("~/") {
        Some(rest) => PathBuf::from(std::env::var_os("HOME").ok_or_else(bad)?).join(rest),
        None => PathBuf::from(text),
    };
    std::path::absolute(path).map_err(|_| bad())
}

fn tell(app: &AppHandle<Wry>, state: &AppState) {
    if let Err(error) = app.emit_to(windows::MAIN, "grace:app", state) {
        tracing::warn!(%error, "the main window was not told");
    }
}

/// Opens a world and says how it went, to the caller and to the main window.
async fn open(app: &AppHandle<Wry>, dir: &Path) -> AppState {
    let desk = app.state::<Desk>();
    tell(app, &desk.app());
    let opened = desk.open(dir).await;
    let result = opened.map(|client| {
        tauri::async_runtime::spawn(windows::pump(app.clone(), client));
    });
    let state = desk.ended(result);
    tell(app, &state);
    state
}

fn not_made(app: &AppHandle<Wry>, problem: Problem) -> AppState {
    let state = app.state::<Desk>().ended(Err(problem));
    tell(app, &state);
    state
}

#[tauri::command]
fn app_state(desk: State<'_, Desk>) -> AppState {
    desk.app()
}

#[tauri::command]
async fn world_demo(app: AppHandle<Wry>, desk: State<'_, Desk>) -> Result<AppState, Problem> {
    let dir = PathBuf::from(desk.app().demo_dir);
    desk.close().await;
    desk.begin(&dir);
    if !dir.join("world.json").exists()
        && let Err(problem) = desk.make_demo(&dir).await
    {
        return Ok(not_made(&app, problem));
    }
    Ok(open(&app, &dir).await)
}

#[tauri::command]
async fn world_create(
    app: AppHandle<Wry>,
    desk: State<'_, Desk>,
    request: CreateRequest,
) -> Result<AppState, Problem> {
    let dir = directory(&request.dir)?;
    desk.close().await;
    desk.begin(&dir);
    if let Err(problem) = desk.make_world(&dir, &request.people, &request.policy).await {
        return Ok(not_made(&app, problem));
    }
    Ok(open(&app, &dir).await)
}

#[tauri::command]
async fn world_open(
    app: AppHandle<Wry>,
    desk: State<'_, Desk>,
    request: OpenRequest,
) -> Result<AppState, Problem> {
    let dir = directory(&request.dir)?;
    desk.close().await;
    desk.begin(&dir);
    Ok(open(&app, &dir).await)
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

/// What is to be signed, and in which theme it is shown.
#[derive(serde::Serialize)]
struct Shown {
    #[serde(flatten)]
    view: SigningView,
    theme: Theme,
}

#[tauri::command]
async fn signing_view(desk: State<'_, Desk>) -> Result<Shown, Problem> {
    let view = desk.client()?.signing_show(about(&desk)?).await?;
    Ok(Shown { view, theme: desk.app().theme })
}

#[tauri::command]
async fn sign(desk: State<'_, Desk>, request: SignRequest) -> Result<ActView, Problem> {
    let done = signing::sign(&desk.client()?, about(&desk)?, request).await?;
    desk.set_signing(None);
    Ok(done)
}

#[tauri::command]
async fn signing_close(app: AppHandle<Wry>, desk: State<'_, Desk>) -> Result<(), Problem> {
    desk.set_signing(None);
    windows::close_signing(&app);
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

/// Opens the window and runs until it is closed.
pub fn run(desk: Desk) -> tauri::Result<()> {
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_notification::init())
        .manage(desk)
        .invoke_handler(handler())
        .setup(|app| {
            windows::open_main(app.handle())?;
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(async move {
                let desk = handle.state::<Desk>();
                let dir = PathBuf::from(desk.app().data_dir);
                if desk.demo
                    && !dir.join("world.json").exists()
                    && let Err(problem) = desk.make_demo(&dir).await
                {
                    not_made(&handle, problem);
                    return;
                }
                open(&handle, &dir).await;
            });
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
