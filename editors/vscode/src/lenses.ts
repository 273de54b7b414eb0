// What a click on a code lens does: the protocol lets a server count, but not open a list.

import * as vscode from "vscode";
import { CodeLensMiddleware, LanguageClient, Location } from "vscode-languageclient/node";

const SHOW = "cppls.showCounted";

/** What the server keeps with a lens; `kind` is one of `LensKind` in cppls/features/code_lens.py. */
interface LensData {
  uri: string;
  kind: "references" | "derived" | "overrides";
}

/** Lenses that count something open it in the list of references. */
export const lensMiddleware: CodeLensMiddleware = {
  async resolveCodeLens(lens, token, next) {
    const resolved = await next(lens, token);
    const { data } = lens as { data?: LensData };
    if (resolved?.command !== undefined && data !== undefined) {
      resolved.command = { ...resolved.command, command: SHOW, arguments: [data, resolved.range.start] };
    }
    return resolved;
  },
};

export function registerLensCommand(current: () => LanguageClient | undefined): vscode.Disposable {
  return vscode.commands.registerCommand(SHOW, async (data: LensData, position: vscode.Position) => {
    const client = current();
    if (client === undefined) {
      return;
    }
    const places = await counted(client, data, position);
    const locations = places.map((place) => client.protocol2CodeConverter.asLocation(place));
    const uri = vscode.Uri.parse(data.uri);
    await vscode.commands.executeCommand("editor.action.showReferences", uri, position, locations);
  });
}

async function counted(client: LanguageClient, data: LensData, position: vscode.Position): Promise<Location[]> {
  const place = { textDocument: { uri: data.uri }, position: client.code2ProtocolConverter.asPosition(position) };
  if (data.kind === "references") {
    const context = { includeDeclaration: false };
    return (await client.sendRequest<Location[] | null>("textDocument/references", { ...place, context })) ?? [];
  }
  const found = await client.sendRequest<Implementations>("textDocument/implementation", place);
  return [found ?? []].flat().map((item) =>
    "targetUri" in item ? { uri: item.targetUri, range: item.targetSelectionRange } : item,
  );
}

type Implementations = Location | Location[] | LocationLink[] | null;
type LocationLink = { targetUri: string; targetSelectionRange: Location["range"] };
