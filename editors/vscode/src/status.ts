// The status bar item: is the server there, and how far is the index?

import * as vscode from "vscode";
import { State } from "vscode-languageclient/node";

/** The parameters of the notification `cppls/state`. */
interface ServerState {
  state: "ready" | "indexing" | "idle";
  done?: number;
  total?: number;
}

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("cppls.state", vscode.StatusBarAlignment.Left);

  constructor() {
    this.item.name = "cppls";
    this.item.command = "cppls.showOutput";
    this.show("$(loading~spin) cppls", "cppls is starting");
  }

  showState(state: ServerState): void {
    if (state.state === "indexing" && state.total) {
      const files = `${state.done ?? 0}/${state.total}`;
      this.show(`$(sync~spin) cppls ${files}`, `cppls is indexing: ${files} files`);
    } else if (state.state === "idle") {
      this.show("$(check) cppls", "cppls: the index is complete");
    } else {
      this.show("cppls", "cppls is ready");
    }
  }

  showProcess(state: State): void {
    if (state === State.Stopped) {
      this.showFailure();
    } else if (state === State.Starting) {
      this.show("$(loading~spin) cppls", "cppls is starting");
    } else {
      this.show("cppls", "cppls is ready");
    }
  }

  showFailure(): void {
    this.show("$(error) cppls", "cppls is not running; click for its output");
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(text: string, tooltip: string): void {
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.show();
  }
}
