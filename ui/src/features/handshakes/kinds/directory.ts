/** The description of a component whose target is a directory. */

/** Where the description begins: every member of a directory target, to be overwritten. */
export const TARGET_TEMPLATE = `{
  "kind": "directory",
  "root": "/srv/edge/conf",
  "managed": ["*.conf"],
  "check": { "argv": ["/usr/sbin/nginx", "-t", "-p", "{staged}", "-c", "nginx.conf", "-e", "stderr"], "timeout_s": 20 },
  "activate": { "argv": ["/usr/sbin/nginx", "-s", "reload", "-p", "{root}", "-c", "nginx.conf", "-e", "stderr"], "timeout_s": 20 },
  "verify": {
    "http": { "url": "http://127.0.0.1:8080/health", "status": 200 },
    "timeout_s": 20,
    "interval_ms": 200
  }
}
`;
