// Reads a JSON list of flowcharts from stdin; writes what Mermaid's own parser makes of each.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [, , folder, name] = process.argv;
const { resolve } = createRequire(`${folder}/`);
const { JSDOM } = await import(pathToFileURL(resolve('jsdom')).href);

// Labels are sanitised, which needs a document.
const { window } = new JSDOM('');
Object.assign(globalThis, { window, document: window.document, Element: window.Element });
const { default: mermaid } = await import(`${pathToFileURL(folder)}/node_modules/${name}/dist/mermaid.core.mjs`);

let source = '';
for await (const chunk of process.stdin) source += chunk;
const parsed = [];
for (const text of JSON.parse(source)) {
  try {
    // The parsers are loaded by the first call of this one.
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    parsed.push({
      boxes: Object.fromEntries([...db.getVertices()].map(([id, box]) => [id, box.text])),
      classes: Object.fromEntries([...db.getVertices()].map(([id, box]) => [id, box.classes])),
      edges: db.getEdges().map(({ start, end, text }) => [start, end, text]),
      workloads: db.getSubGraphs().map(({ title }) => title),
    });
  } catch (error) {
    parsed.push({ error: String(error) });
  }
}
process.stdout.write(JSON.stringify(parsed));
