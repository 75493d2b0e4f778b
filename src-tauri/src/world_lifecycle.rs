//! Opening worlds, and following what happens in the open one. One world at a time, one opening at a time. Decides
//! nothing about a world: where it lies comes from a person, what it holds from the engine.

use crate::app_state::{AppState, AppView};
use crate::windows;
use grace_api::client::Client;
use grace_api::problem::Problem;
use grace_domain::core::codes::Code;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;
use tauri::{AppHandle, Manager as _, Wry};

/// Between two attempts to reach an engine again that was lost.
const AGAIN: Duration = Duration::from_millis(500);
/// How many such attempts: an engine that stops keeps its lock for a moment.
const ATTEMPTS: u32 = 20;

/// What is made before it is opened.
#[derive(Debug)]
pub enum Make {
    /// Nothing: it exists.
    Nothing,
    /// The demo world, unless one is there.
    Demo,
    /// A real world of these documents.
    World {
        /// `people.yaml`.
        people: String,
        /// `policy.yaml`.
        policy: String,
    },
}

/// A directory as a person writes it, made absolute.
pub fn directory(text: &str) -> Result<PathBuf, Problem> {
    let bad = || Problem::new(422, Code::BadDirectory, "Name a directory.", "For example ~/grace/production");
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

/// At the start: opens the world that was named or open last. None there is no failure, but a first start.
pub async fn at_start(app: AppHandle<Wry>) {
    let app_state = app.state::<AppState>();
    let dir = PathBuf::from(app_state.app().data_dir);
    let make = if app_state.demo { Make::Demo } else { Make::Nothing };
    match open(&app, &dir, make).await {
        Err(problem) if problem.code == Code::NotAWorld => publish(&app, &app_state.first_start()),
        result => publish(&app, &app_state.ended(result)),
    }
}

/// On a person's request: closes what is open, makes what is requested, opens it. What does not work is in the state.
pub async fn by_request(app: &AppHandle<Wry>, dir: &Path, make: Make) -> Result<AppView, Problem> {
    let app_state = app.state::<AppState>();
    if app_state.is_opening() {
        return Err(Problem::new(
            409,
            Code::OpeningAlready,
            "A world is being opened. Nothing was changed.",
            "Wait until it is open.",
        ));
    }
    let result = open(app, dir, make).await;
    let state = app_state.ended(result);
    publish(app, &state);
    Ok(state)
}

/// Closes what is open, makes what is to be made, opens the world in `dir`.
async fn open(app: &AppHandle<Wry>, dir: &Path, make: Make) -> Result<(), Problem> {
    let app_state = app.state::<AppState>();
    let _one_at_a_time = app_state.opening().await;
    // What would be signed belongs to the world that is left.
    app_state.set_signing(None);
    windows::close_signing(app);
    app_state.close().await;
    publish(app, &app_state.begin(dir));
    let there = dir.join("world.json").exists();
    match make {
        Make::Demo if !there => {
            publish(app, &app_state.step("Make persons with keys, targets on disk, and a log"));
            app_state.make_demo(dir).await?;
        }
        Make::World { people, policy } => {
            publish(app, &app_state.step("Check people and policy, make keys and a log"));
            app_state.make_world(dir, people, policy).await?;
        }
        Make::Demo | Make::Nothing => {}
    }
    publish(app, &app_state.step("Take the world’s lock, verify the log’s head, find open work"));
    let client = app_state.open(dir).await?;
    let following = tauri::async_runtime::spawn(follow(app.clone(), client, dir.to_owned()));
    app_state.set_following(following);
    Ok(())
}

fn publish(app: &AppHandle<Wry>, view: &AppView) {
    windows::publish(app, "grace:app", view);
}

/// Publishes to the main window what became durable. An engine of another process that ends leaves the world free: then this
/// app opens it.
async fn follow(app: AppHandle<Wry>, client: Client, dir: PathBuf) {
    let attached = matches!(client, Client::Http(_));
    match client.notices(None).await {
        Ok(mut following) => {
            while let Ok(notices) = following.next().await {
                for notice in &notices {
                    windows::notify(&app, notice);
                }
                windows::publish(&app, "grace:notice", &notices);
            }
        }
        // A world that opened for reading only has no news.
        Err(problem) => tracing::info!(code = %problem.code, "nothing to follow"),
    }
    if attached {
        // In a task of its own: opening the world ends this one.
        tauri::async_runtime::spawn(again(app, dir));
    }
}

/// After the engine that held the world was lost. Boxed: opening leads to following, following back to opening.
fn again(app: AppHandle<Wry>, dir: PathBuf) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let app_state = app.state::<AppState>();
        for attempt in 1..=ATTEMPTS {
            tokio::time::sleep(AGAIN).await;
            let elsewhere = Path::new(&app_state.app().data_dir) != dir;
            if elsewhere || app_state.is_opening() {
                return;
            }
            let result = open(&app, &dir, Make::Nothing).await;
            if result.is_ok() || attempt == ATTEMPTS {
                publish(&app, &app_state.ended(result));
                return;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::directory;
    use std::path::Path;

    #[test]
    fn directories_are_absolute_and_named() {
        assert!(directory("  ").is_err());
        assert!(directory("here").is_ok_and(|d| d.is_absolute()));
        assert!(directory(" /srv/world ").is_ok_and(|d| d == Path::new("/srv/world")));
    }
}
