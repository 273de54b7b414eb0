// What clangd offers beyond the protocol, and cppls by the same requests: the other file of a pair,
// the syntax tree, memory as a tree, lines that the preprocessor leaves out.

import * as vscode from "vscode";
import { LanguageClient, StaticFeature } from "vscode-languageclient/node";
import { Views } from "./views";

interface AstNode {
  role: string;
  kind: string;
  detail?: string;
  children?: AstNode[];
}

type MemoryTree = { _total: number; _self: number } & { [part: string]: MemoryTree | number };

interface Position {
  line: number;
  character: number;
}

interface InactiveRegionsParams {
  textDocument: { uri: string };
  regions: { start: Position; end: Position }[];
}

/** Opens the header of the source in the editor, or the source of the header. */
export async function switchSourceHeader(client: LanguageClient, editor: vscode.TextEditor): Promise<void> {
  const uri = await client.sendRequest<string | null>("textDocument/switchSourceHeader", {
    uri: editor.document.uri.toString(),
  });
  if (!uri) {
    await vscode.window.showInformationMessage("There is no other file to this one.");
    return;
  }
  await vscode.window.showTextDocument(vscode.Uri.parse(uri));
}

/** Shows the syntax tree of the selection, or of the line of the cursor. */
export async function showAst(
  client: LanguageClient,
  editor: vscode.TextEditor,
  views: Views,
): Promise<void> {
  const { document, selection } = editor;
  const line = document.lineAt(selection.active.line);
  const start = new vscode.Position(line.lineNumber, line.firstNonWhitespaceCharacterIndex);
  const range = selection.isEmpty ? new vscode.Range(start, line.range.end) : selection;
  const root = await client.sendRequest<AstNode | null>("textDocument/ast", {
    textDocument: { uri: document.uri.toString() },
    range: client.code2ProtocolConverter.asRange(range),
  });
  if (root === null) {
    await vscode.window.showInformationMessage("There is no syntax tree here.");
    return;
  }
  await views.show("Syntax tree", treeLines(root, 0).join("\n"));
}

/** Shows what uses how much memory, the largest first. */
export async function showMemoryUsage(client: LanguageClient, views: Views): Promise<void> {
  const usage = await client.sendRequest<MemoryTree>("$/memoryUsage");
  await views.show("Memory usage", memoryLines("cppls", usage, 0).join("\n"));
}

/** Fades lines that the preprocessor leaves out, as the server tells of them. */
export class InactiveRegions implements StaticFeature, vscode.Disposable {
  private readonly faded = vscode.window.createTextEditorDecorationType({ isWholeLine: true, opacity: "0.55" });
  private readonly regions = new Map<string, vscode.Range[]>();
  private readonly listener = vscode.window.onDidChangeVisibleTextEditors(() => this.show());

  fillClientCapabilities(capabilities: { textDocument?: object }): void {
    const extended = (capabilities.textDocument ??= {}) as Record<string, unknown>;
    extended.inactiveRegionsCapabilities = { inactiveRegions: true };
  }

  initialize(): void {}

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {
    this.regions.clear();
    this.show();
  }

  dispose(): void {
    this.listener.dispose();
    this.faded.dispose();
  }

  /** The server's `textDocument/inactiveRegions`. */
  tell(params: InactiveRegionsParams): void {
    const ranges = params.regions.map(
      ({ start, end }) => new vscode.Range(start.line, start.character, end.line, end.character),
    );
    this.regions.set(vscode.Uri.parse(params.textDocument.uri).toString(), ranges);
    this.show();
  }

  private show(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      editor.setDecorations(this.faded, this.regions.get(editor.document.uri.toString()) ?? []);
    }
  }
}

function treeLines(node: AstNode, depth: number): string[] {
  const line = `${"  ".repeat(depth)}${node.role} ${node.kind} ${node.detail ?? ""}`.trimEnd();
  return [line, ...(node.children ?? []).flatMap((child) => treeLines(child, depth + 1))];
}

function memoryLines(name: string, tree: MemoryTree, depth: number): string[] {
  const size = (tree._total / 2 ** 20).toFixed(1).padStart(9);
  const parts = Object.entries(tree)
    .filter((part): part is [string, MemoryTree] => typeof part[1] === "object")
    .sort(([, one], [, other]) => other._total - one._total);
  const line = `${"  ".repeat(depth)}${size} MB  ${name}`;
  return [line, ...parts.flatMap(([part, below]) => memoryLines(part, below, depth + 1))];
}
