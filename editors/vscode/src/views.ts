// Texts to look at: memory, status, syntax trees. Nobody is asked to save them.

import * as vscode from "vscode";

const SCHEME = "cppls";

export class Views implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  // Before the registration, which looks for it.
  readonly onDidChange = this.changed.event;
  private readonly subscriptions = [
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === SCHEME) {
        this.texts.delete(uri.path);
      }
    }),
  ];

  /** Shows `text` under `name`, which is its title and tells its language, in place of an earlier one. */
  async show(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
    this.texts.set(uri.path, text);
    this.changed.fire(uri);
    await vscode.window.showTextDocument(uri);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? "";
  }

  dispose(): void {
    this.changed.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}
