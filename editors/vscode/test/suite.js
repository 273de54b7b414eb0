// What a user of the extension sees, asked in VS Code's own extension host. `run` is what VS Code calls
// for `extensionTestsPath`; the report goes beside the opened folder, a line for each story.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const PATIENCE = 30_000;
const execute = vscode.commands.executeCommand;
const stories = [];
const story = (title, tell) => stories.push({ title, tell });

exports.run = async () => {
  await vscode.extensions.getExtension("cppls.cppls").activate();
  const report = path.join(path.dirname(root()), "report.txt");
  let failed = 0;
  for (const { title, tell } of stories) {
    const line = await within(tell()).then(
      () => `ok      ${title}`,
      (error) => `FAILED  ${title}\n${error.stack ?? error}`,
    );
    failed += line.startsWith("FAILED") ? 1 : 0;
    fs.appendFileSync(report, `${line}\n`);
  }
  assert.equal(failed, 0, `${failed} of ${stories.length} stories failed`);
};

story("the first question for an outline has an answer, though nothing is indexed", async () => {
  const document = await open("shapes.cpp");
  const symbols = await execute("vscode.executeDocumentSymbolProvider", document.uri);
  assert.deepEqual(
    symbols.map((symbol) => symbol.name),
    ["(anonymous namespace)", "make_square"],
  );
});

story("hover, jumps and lists", async () => {
  const document = await open("main.cpp");
  const at = place(document, "make_square");
  const hovers = await until(
    () => execute("vscode.executeHoverProvider", document.uri, at),
    (found) => found.length > 0,
  );
  assert.match(hovers[0].contents[0].value, /Makes a shape with four equal sides/);
  const definitions = await until(
    () => execute("vscode.executeDefinitionProvider", document.uri, at),
    (found) => found.some((target) => name(target) === "shapes.cpp"),
  );
  assert.deepEqual(definitions.map(name), ["shapes.cpp"]);
  const references = await until(
    () => execute("vscode.executeReferenceProvider", document.uri, at),
    (found) => found.length === 3,
  );
  assert.deepEqual(references.map(name).sort(), ["main.cpp", "shapes.cpp", "shapes.h"]);
  const area = place(document, "area()");
  const implementations = await execute("vscode.executeImplementationProvider", document.uri, area);
  assert.deepEqual(implementations.map(name), ["shapes.cpp"]);
  const symbols = await execute("vscode.executeWorkspaceSymbolProvider", "mksq");
  assert.equal(symbols[0]?.name, "make_square");
});

story("call and type hierarchies", async () => {
  const document = await open("main.cpp");
  const [measure] = await execute("vscode.prepareCallHierarchy", document.uri, place(document, "measure"));
  const calls = await execute("vscode.provideIncomingCalls", measure);
  assert.deepEqual(calls.map((call) => call.from.name), ["main"]);
  const [shape] = await execute("vscode.prepareTypeHierarchy", document.uri, place(document, "Shape"));
  const below = await execute("vscode.provideSubtypes", shape);
  assert.deepEqual(below.map((type) => type.name), ["Square"]);
});

story("colours, hints, links, folds", async () => {
  const document = await open("main.cpp");
  const tokens = await execute("vscode.provideDocumentSemanticTokens", document.uri);
  assert.ok(tokens.data.length > 0);
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const hints = await execute("vscode.executeInlayHintProvider", document.uri, whole);
  assert.ok(hints.map(label).includes(": double"), hints.map(label).join());
  const links = await execute("vscode.executeLinkProvider", document.uri);
  assert.deepEqual(links.map((link) => path.basename(link.target.path)), ["shapes.h"]);
  const folds = await execute("vscode.executeFoldingRangeProvider", document.uri);
  assert.ok(folds.length >= 3);
});

story("a code lens counts, and a click lists what it counts", async () => {
  const document = await open("shapes.h");
  const lenses = await until(
    () => execute("vscode.executeCodeLensProvider", document.uri, 100),
    (found) => found?.some((lens) => lens.command?.title === "1 derived class"),
  );
  const derived = lenses.find((lens) => lens.command.title === "1 derived class");
  await execute(derived.command.command, ...derived.command.arguments);
});

story("a problem comes with its fix, and goes with it", async () => {
  const document = await open("plain.cpp");
  await insert(document, document.positionAt(0), "int counter;\nint next() { return countr + 1; }\n");
  await until(
    () => vscode.languages.getDiagnostics(document.uri),
    (found) => found.some((problem) => problem.message.includes("did you mean 'counter'")),
  );
  const at = place(document, "countr +");
  const actions = await execute("vscode.executeCodeActionProvider", document.uri, new vscode.Range(at, at));
  const fix = actions.find((action) => action.kind?.value === "quickfix");
  assert.ok(await vscode.workspace.applyEdit(fix.edit));
  await until(
    () => vscode.languages.getDiagnostics(document.uri),
    (found) => found.length === 0,
  );
  await revert();
});

story("a completion brings placeholders and the include", async () => {
  const document = await open("plain.cpp");
  await insert(document, document.positionAt(0), "int used() { make_sq }\n");
  const at = place(document, "make_sq").translate(0, "make_sq".length);
  const list = await until(
    () => execute("vscode.executeCompletionItemProvider", document.uri, at, undefined, 5),
    (found) => found.items.some((item) => item.additionalTextEdits?.length > 0),
  );
  const item = list.items.find((each) => each.additionalTextEdits?.length > 0);
  assert.match(item.insertText.value, /^make_square\(\$/);
  assert.equal(item.additionalTextEdits[0].newText.trim(), '#include "shapes.h"');
  assert.equal(item.command?.command, "editor.action.triggerParameterHints");
  await revert();
});

story("signature help", async () => {
  const document = await open("main.cpp");
  const at = place(document, "make_square(").translate(0, "make_square(".length);
  const help = await execute("vscode.executeSignatureHelpProvider", document.uri, at, "(");
  assert.match(help.signatures[0].label, /make_square\(double side\)/);
});

story("a rename reaches every file, and says why it cannot", async () => {
  const document = await open("main.cpp");
  const at = place(document, "make_square");
  const edit = await execute("vscode.executeDocumentRenameProvider", document.uri, at, "square_of");
  assert.deepEqual(
    edit.entries().map(([uri]) => path.basename(uri.path)).sort(),
    ["main.cpp", "shapes.cpp", "shapes.h"],
  );
  const taken = execute("vscode.executeDocumentRenameProvider", document.uri, at, "measure");
  await assert.rejects(async () => {
    const refused = await taken;
    throw new Error(refused?.entries().length ? "it was renamed" : "not renamed");
  }, /not renamed/);
});

story("code that changes", async () => {
  const document = await open("main.cpp");
  const at = place(document, "if (area");
  const actions = await execute(
    "vscode.executeCodeActionProvider",
    document.uri,
    new vscode.Range(at, at),
    "refactor",
    10,
  );
  const swap = actions.find((action) => action.title === "Swap if branches");
  assert.ok(swap?.edit, actions.map((action) => action.title).join());
});

story("commands: the other file, the tree, memory, status", async () => {
  const document = await open("shapes.h");
  await execute("cppls.switchheadersource");
  await until(shown, (uri) => uri.path.endsWith("shapes.cpp"));
  const text = await open("main.cpp");
  const at = place(text, "auto area");
  vscode.window.activeTextEditor.selection = new vscode.Selection(at, at);
  await execute("cppls.ast");
  await until(shown, (uri) => uri.scheme === "cppls");
  assert.match(vscode.window.activeTextEditor.document.getText(), /declaration Var area/);
  assert.match(await memory(), /document host \d+/);
  await execute("cppls.showStatus");
  assert.equal(vscode.window.activeTextEditor.document.languageId, "json");
  const unsaved = vscode.workspace.textDocuments.filter((each) => each.isDirty);
  assert.deepEqual(unsaved.map((each) => each.uri.path), []);
  assert.equal(document.isDirty, false);
});

story("settings count at once", async () => {
  const document = await open("shapes.h");
  const settings = vscode.workspace.getConfiguration("cppls");
  const lenses = async () => (await execute("vscode.executeCodeLensProvider", document.uri))?.length ?? 0;
  await until(lenses, (count) => count > 0);
  await settings.update("codeLens", false, vscode.ConfigurationTarget.Global);
  await until(lenses, (count) => count === 0);
  await settings.update("codeLens", undefined, vscode.ConfigurationTarget.Global);
  await until(lenses, (count) => count > 0);
});

story("a server that was killed, or restarted, is there again", async () => {
  const killed = await server();
  process.kill(killed, "SIGKILL");
  const second = await until(server, (pid) => pid !== undefined && pid !== killed);
  await answers();
  await execute("cppls.restart");
  await until(server, (pid) => pid !== undefined && pid !== second);
  await answers();
});

function root() {
  return vscode.workspace.workspaceFolders[0].uri.fsPath;
}

async function open(file) {
  const document = await vscode.workspace.openTextDocument(path.join(root(), file));
  await vscode.window.showTextDocument(document);
  return document;
}

function place(document, text) {
  const offset = document.getText().indexOf(text);
  assert.notEqual(offset, -1, `no ${text} in ${document.uri.path}`);
  return document.positionAt(offset);
}

function name(target) {
  return path.basename((target.targetUri ?? target.uri).path);
}

function label(hint) {
  return typeof hint.label === "string" ? hint.label : hint.label.map((part) => part.value).join("");
}

function shown() {
  return vscode.window.activeTextEditor.document.uri;
}

async function insert(document, position, text) {
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, position, text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

async function revert() {
  await execute("workbench.action.files.revert");
}

async function answers() {
  const document = await open("main.cpp");
  const ask = () => execute("vscode.executeHoverProvider", document.uri, place(document, "make_square"));
  await until(ask, (found) => found.length > 0);
}

/** The text of the memory view. */
async function memory() {
  await execute("cppls.memoryUsage");
  return vscode.window.activeTextEditor.document.getText();
}

/** The server's process; undefined while there is none. */
async function server() {
  const text = await memory().catch(() => "");
  return Number(/ server (\d+)/.exec(text)?.[1]) || undefined;
}

async function until(ask, holds) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await ask();
    if (holds(value)) {
      return value;
    }
    assert.ok(Date.now() < end, `not within ${PATIENCE} ms: ${holds}; it is ${JSON.stringify(value)}`);
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

function within(promise) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no end within ${2 * PATIENCE} ms`)), 2 * PATIENCE).unref();
  });
  return Promise.race([promise, late]);
}
