// Runs suite.js in a real VS Code: code-server, shown by a headless Chromium. See the README.
//
//     CODE_SERVER=.../code-server/out/node/entry.js node test/run.mjs
//
// Prints a line for each story; exit status 0 when all passed. Leaves nothing behind.

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const MINUTES = 10;
const here = path.dirname(fileURLToPath(import.meta.url));
const { CODE_SERVER, CHROMIUM = "/usr/bin/chromium", CPPLS = "cppls" } = process.env;
if (CODE_SERVER === undefined) {
  console.error("run.mjs: set CODE_SERVER to code-server's out/node/entry.js");
  process.exit(2);
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "cppls-vscode-"));
const project = path.join(folder, "project");
const closing = [() => fs.rmSync(folder, { recursive: true, force: true })];
try {
  fs.cpSync(path.join(here, "project"), project, { recursive: true });
  const port = await freePort();
  await startServer(port);
  process.exitCode = await runSuite(port);
  process.stdout.write(report());
} finally {
  for (const close of closing.reverse()) {
    await close();
  }
}

async function startServer(port) {
  const user = path.join(folder, "user");
  // A browser's VS Code takes settings that name programs from the machine of the server alone.
  fs.mkdirSync(path.join(user, "Machine"), { recursive: true });
  const settings = {
    "cppls.path": CPPLS,
    "cppls.cacheDir": path.join(folder, "cache"),
    "files.autoSave": "off",
    "telemetry.telemetryLevel": "off",
    "workbench.startupEditor": "none",
  };
  fs.writeFileSync(path.join(user, "Machine", "settings.json"), JSON.stringify(settings));
  const places = ["--user-data-dir", user, "--extensions-dir", path.join(folder, "extensions")];
  const quiet = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"];
  const config = ["--config", path.join(folder, "config.yaml"), "--auth", "none"];
  const child = spawn(
    process.execPath,
    [CODE_SERVER, "--bind-addr", `127.0.0.1:${port}`, ...config, ...places, ...quiet],
    { detached: true, stdio: ["ignore", "pipe", "inherit"] },
  );
  // The whole group: code-server has children of its own.
  closing.push(() => child.exitCode === null && process.kill(-child.pid, "SIGKILL"));
  await new Promise((resolve, reject) => {
    child.on("exit", (status) => reject(new Error(`code-server ended with status ${status}`)));
    child.stdout.on("data", (text) => String(text).includes("HTTP server listening") && resolve());
  });
}

/** Opens the project with the extension as it lies here, and the suite; its exit status. */
async function runSuite(port) {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
  });
  closing.push(() => browser.close());
  const page = await browser.newPage();
  const ended = new Promise((resolve, reject) => {
    void page.exposeFunction("codeAutomationExit", resolve);
    setTimeout(() => reject(new Error(`no end within ${MINUTES} minutes`)), MINUTES * 60_000).unref();
  });
  const remote = (place) => `vscode-remote://127.0.0.1:${port}${place}`;
  const payload = [
    ["extensionDevelopmentPath", remote(path.dirname(here))],
    ["extensionTestsPath", remote(path.join(here, "suite.js"))],
  ];
  const query = new URLSearchParams({ folder: project, payload: JSON.stringify(payload) });
  await page.goto(`http://127.0.0.1:${port}/?${query}`);
  return await ended;
}

function report() {
  const file = path.join(folder, "report.txt");
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "the suite did not begin\n";
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
