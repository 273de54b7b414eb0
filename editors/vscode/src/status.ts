// The status bar item: is the server there, and how far is the index?

import * as vscode from "vscode";
import { State } from "vscode-languageclient/node";

/** The parameters of the notification `cppls/state`. */
interface ServerState {
  state: "ready" | "indexing" | "idle";
  done?: number;
  total?: number;
}

/** What is shown of the parameters of the notification `cppls/memory`; sizes in bytes. */
interface ServerMemory {
  budget: number;
  now: number;
  health: "ok" | "pressed" | "over";
  paused: boolean;
}

const MB = 1024 * 1024;

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("cppls.state", vscode.StatusBarAlignment.Left);

  private label = "";
  private tooltip = "";
  private memory: ServerMemory | undefined;

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

  showMemory(memory: ServerMemory): void {
    this.memory = memory;
    this.refresh();
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
    this.memory = undefined;
    this.show("$(error) cppls", "cppls is not running; click for its output");
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(text: string, tooltip: string): void {
    this.label = text;
    this.tooltip = tooltip;
    this.refresh();
  }

  private refresh(): void {
    const { memory } = this;
    this.item.text = this.label;
    this.item.tooltip = this.tooltip;
    if (memory !== undefined) {
      const sizes = `${Math.round(memory.now / MB)}/${Math.round(memory.budget / MB)} MB`;
      this.item.text += memory.health === "ok" ? ` ${sizes}` : ` $(warning) ${sizes}`;
      this.item.tooltip += `\nMemory: ${sizes}, ${memory.health}`;
      if (memory.paused) {
        this.item.text = `$(debug-pause) ${this.item.text}`;
        this.item.tooltip += "\nIndexing is paused";
      }
    }
    this.item.show();
  }
}
