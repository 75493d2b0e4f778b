//! A real nginx of Debian's package with a prefix and a port of its own.

use super::http::get_plain;
use super::wait::until;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The binary: `GRACE_NGINX`, else where `cargo xtask` unpacks it, else the system's.
pub fn binary() -> PathBuf {
    let named = std::env::var_os("GRACE_NGINX").map(PathBuf::from);
    let top =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests package lies in the workspace");
    let unpacked = top.join("target/tools/nginx/usr/sbin/nginx");
    let found = named.or_else(|| unpacked.is_file().then_some(unpacked));
    let path = found.or_else(|| super::tools::find("nginx")).unwrap_or_default();
    assert!(
        path.is_file(),
        "no nginx: `cargo xtask test` unpacks one, or do `apt-get download nginx && dpkg -x nginx_*.deb \
         target/tools/nginx`, or name one with GRACE_NGINX"
    );
    path
}

/// A configuration that listens on `ports` and answers as `locations` say.
pub fn configuration(ports: &[u16], locations: &str) -> String {
    let listen: String = ports.iter().map(|p| format!("    listen 127.0.0.1:{p};\n")).collect();
    format!(
        "pid run/nginx.pid;\n\
         error_log logs/error.log;\n\
         worker_processes 1;\n\
         events {{ worker_connections 64; }}\n\
         http {{\n\
         \x20 access_log off;\n\
         \x20 client_body_temp_path tmp/body;\n\
         \x20 proxy_temp_path tmp/proxy;\n\
         \x20 fastcgi_temp_path tmp/fastcgi;\n\
         \x20 uwsgi_temp_path tmp/uwsgi;\n\
         \x20 scgi_temp_path tmp/scgi;\n\
         \x20 server {{\n{listen}    {locations}\n  }}\n\
         }}\n"
    )
}

/// One location that answers this.
pub fn answers(path: &str, status: u16, body: &str) -> String {
    format!("location {path} {{ return {status} \"{body}\\n\"; }}")
}

/// A running server. Stopped when dropped.
#[derive(Debug)]
pub struct Nginx {
    /// Its prefix, which is the target's root.
    pub prefix: PathBuf,
}

impl Nginx {
    /// Lays out `prefix` with `nginx.conf` and starts the server.
    #[track_caller]
    pub fn start(prefix: &Path, configuration: &str, port: u16) -> Self {
        for dir in ["run", "logs", "tmp"] {
            fs::create_dir_all(prefix.join(dir)).expect("the prefix can be laid out");
        }
        fs::write(prefix.join("nginx.conf"), configuration).expect("nginx.conf");
        let nginx = Self { prefix: prefix.to_owned() };
        let started = nginx.command(&[]).output().expect("nginx starts");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        until("nginx answers", 20, || get_plain(port, "/"));
        nginx
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.arg("-p").arg(&self.prefix).args(["-c", "nginx.conf", "-e", "stderr"]).args(more);
        command
    }

    /// Its configuration now.
    pub fn bytes(&self) -> Vec<u8> {
        fs::read(self.prefix.join("nginx.conf")).expect("nginx.conf can be read")
    }

    /// The target document: `nginx -t` on the copy, a reload, and a probe for status 200 with `contains`.
    pub fn target(&self, managed: &[&str], probe_port: u16, probe_path: &str, contains: &str) -> Value {
        let binary = binary();
        json!({
            "kind": "directory",
            "root": self.prefix,
            "managed": managed,
            "check": {
                "argv": [binary, "-t", "-p", "{staged}", "-c", "nginx.conf", "-e", "stderr"],
                "timeout_s": 20,
            },
            "activate": {
                "argv": [binary, "-s", "reload", "-p", "{root}", "-c", "nginx.conf", "-e", "stderr"],
                "timeout_s": 20,
            },
            "verify": {
                "http": {
                    "url": format!("http://127.0.0.1:{probe_port}{probe_path}"),
                    "status": 200,
                    "body_contains": contains,
                },
                "timeout_s": 3,
                "interval_ms": 50,
            },
        })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // With the configuration that stands there it may not stop (a test may have broken it): then by its pid.
        let stopped = self.command(&["-s", "stop"]).output().is_ok_and(|o| o.status.success());
        if !stopped {
            let pid = fs::read_to_string(self.prefix.join("run/nginx.pid")).unwrap_or_default();
            let pid = pid.trim().parse().ok().and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
        }
    }
}
