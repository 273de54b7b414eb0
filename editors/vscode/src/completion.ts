// What VS Code leaves to an extension when a completion is taken.

import * as vscode from "vscode";
import { CompletionMiddleware } from "vscode-languageclient/node";

const INSIDE_PARENTHESES = /\(\$(0|\{1)/;

/** A call that leaves the cursor between its parentheses shows its parameters: nothing was typed that
 * would have VS Code ask for them (microsoft/vscode#164310). */
export const completionMiddleware: CompletionMiddleware = {
  async provideCompletionItem(document, position, context, token, next) {
    const answer = await next(document, position, context, token);
    for (const item of Array.isArray(answer) ? answer : (answer?.items ?? [])) {
      if (item.insertText instanceof vscode.SnippetString && INSIDE_PARENTHESES.test(item.insertText.value)) {
        item.command ??= { title: "Parameters", command: "editor.action.triggerParameterHints" };
      }
    }
    return answer;
  },
};
