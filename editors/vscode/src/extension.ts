// The VS Code side of cppls: starts the server, hands it the settings, shows its state.
// All knowledge of C and C++ is the server's.

import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";
import { InactiveRegions, showAst, showMemoryUsage, switchSourceHeader } from "./clangd";
import { completionMiddleware } from "./completion";
import { lensMiddleware, registerLensCommand } from "./lenses";
import { StatusBar } from "./status";
import { Views } from "./views";

const LANGUAGES = ["c", "cpp", "cuda-cpp", "objective-c", "objective-cpp"];
// Settings of this extension itself; a change of one of them needs another server process.
const OWN_SETTINGS = ["path", "arguments"];
// As in cppls/core/settings.py.
const SERVER_SETTINGS = [
  "compileCommands",
  "cacheDir",
  "memory",
  "jobs",
  "compilationDatabaseChanges",
  "fallbackFlags",
  "allowedCompilers",
  "exclude",
  "backgroundIndex",
  "indexing",
  "pauseOnBattery",
  "pauseOnLoad",
  "sharedPreambles",
  "codeLens",
  "index",
  "diagnosticsDelay",
  "batchFiles",
  "batchBytes",
  "batchSeconds",
  "shelfBytes",
  "liveDocuments",
  "fallbackStyle",
  "clangTidy",
  "clangTidySeconds",
  "tools",
];

/** A first start that fails is told once, by `explain`: the library would show a message of its own. */
class Client extends LanguageClient {
  private hasStarted = false;

  override async start(): Promise<void> {
    await super.start();
    this.hasStarted = true;
  }

  override error(message: string, data?: unknown, show?: boolean | "force"): void {
    super.error(message, data, this.hasStarted && show);
  }
}

let client: LanguageClient | undefined;
let inactive: InactiveRegions | undefined;
// Starts and stops, one after the other: several settings may change at once.
let lastStep: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("cppls", { log: true });
  const status = new StatusBar();
  const views = new Views();
  inactive = new InactiveRegions();
  context.subscriptions.push(
    output,
    status,
    inactive,
    views,
    registerLensCommand(() => client),
    vscode.commands.registerCommand("cppls.restart", () => restart(output, status)),
    vscode.commands.registerCommand("cppls.showOutput", () => output.show()),
    vscode.commands.registerCommand("cppls.showStatus", () => client && showStatus(client, views)),
    vscode.commands.registerCommand("cppls.switchHeaderContext", switchHeaderContext),
    vscode.commands.registerCommand("cppls.memoryUsage", () => client && showMemoryUsage(client, views)),
    vscode.commands.registerTextEditorCommand("cppls.switchheadersource", (editor) => {
      void (client && switchSourceHeader(client, editor));
    }),
    vscode.commands.registerTextEditorCommand("cppls.ast", (editor) => {
      void (client && showAst(client, editor, views));
    }),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (OWN_SETTINGS.some((name) => change.affectsConfiguration(`cppls.${name}`))) {
        await restart(output, status);
      } else if (change.affectsConfiguration("cppls")) {
        const parameters = { settings: serverSettings() };
        await client?.sendNotification("workspace/didChangeConfiguration", parameters);
      }
    }),
  );
  await inTurn(() => start(output, status));
}

export async function deactivate(): Promise<void> {
  await inTurn(stop);
}

/** Does `step` after all steps before it, whether those succeeded or not. */
function inTurn(step: () => Promise<void>): Promise<void> {
  lastStep = lastStep.catch(() => undefined).then(step);
  return lastStep;
}

async function stop(): Promise<void> {
  const stopped = client;
  client = undefined;
  try {
    await stopped?.dispose();
  } catch {
    // A server that never came up, or does not answer: the client library ends its process.
  }
}

async function start(output: vscode.LogOutputChannel, status: StatusBar): Promise<void> {
  const settings = vscode.workspace.getConfiguration("cppls");
  const command = settings.get("path", "cppls");
  const server: ServerOptions = { command, args: ["serve", ...settings.get<string[]>("arguments", [])] };
  const options: LanguageClientOptions = {
    documentSelector: LANGUAGES.map((language) => ({ scheme: "file", language })),
    outputChannel: output,
    middleware: { ...lensMiddleware, ...completionMiddleware },
    initializationOptions: () => ({ ...serverSettings(), memoryNotifications: true }),
  };
  client = new Client("cppls", "cppls", server, options);
  const regions = inactive;
  if (regions !== undefined) {
    client.registerFeature(regions);
    client.onNotification("textDocument/inactiveRegions", (params) => regions.tell(params));
  }
  client.onDidChangeState((change) => status.showProcess(change.newState));
  client.onNotification("cppls/state", (state) => status.showState(state));
  client.onNotification("cppls/memory", (memory) => status.showMemory(memory));
  try {
    await client.start();
  } catch (error) {
    status.showFailure();
    // Not waited for: the user may look at the message after the setting is mended.
    void explain(command, error);
  }
}

async function restart(output: vscode.LogOutputChannel, status: StatusBar): Promise<void> {
  await inTurn(async () => {
    await stop();
    await start(output, status);
  });
}

/** The settings that the server knows, without those of this extension. */
function serverSettings(): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration("cppls");
  return Object.fromEntries(SERVER_SETTINGS.map((name) => [name, settings.get(name)]));
}

async function showStatus(running: LanguageClient, views: Views): Promise<void> {
  const status = await running.sendRequest("cppls/status");
  await views.show("Status.json", JSON.stringify(status, undefined, 2));
}

/** The answer to `cppls/headerContext`. */
interface HeaderContext {
  contexts: { uri: string; current: boolean }[];
}

/** Lets the user choose the source as part of which the header in the editor is read. */
async function switchHeaderContext(): Promise<void> {
  const uri = vscode.window.activeTextEditor?.document.uri.toString();
  if (client === undefined || uri === undefined) {
    return;
  }
  const textDocument = { uri };
  const { contexts } = await client.sendRequest<HeaderContext>("cppls/headerContext", { textDocument });
  if (contexts.length === 0) {
    await vscode.window.showInformationMessage("No source is known to include this file.");
    return;
  }
  const sources = contexts.map(({ uri: source, current }) => ({
    label: vscode.workspace.asRelativePath(vscode.Uri.parse(source)),
    description: current ? "current" : "",
    context: source as string | null,
  }));
  const nearest = { label: "The nearest source", description: "cppls chooses", context: null };
  const chosen = await vscode.window.showQuickPick([nearest, ...sources], {
    placeHolder: "Read this header as part of",
  });
  if (chosen !== undefined) {
    await client.sendRequest("cppls/setHeaderContext", { textDocument, context: chosen.context });
  }
}

async function explain(command: string, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `cppls does not start (${command}): ${reason}. Install it with pip, or set cppls.path.`;
  const choice = await vscode.window.showErrorMessage(message, "Open settings");
  if (choice !== undefined) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "cppls.path");
  }
}
