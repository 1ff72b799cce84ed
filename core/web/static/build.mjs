/**
 * Builds the web assets into build/assets/ : one style sheet, one script, page modules, the service worker, fonts and the icon
 * sprite, each under a name with the digest of its content, and manifest.json (logical name → file).
 * Run by `npm run build`; `--watch` rebuilds on change. VECHE_ASSETS names another folder.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, watch, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import esbuild from "esbuild";
import { bundleAsync } from "lightningcss";
import subsetFont from "subset-font";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../..");
const out = path.resolve(root, process.env.VECHE_ASSETS || "build/assets");
const fontFiles = path.join(root, "node_modules/@fontsource-variable/golos-text/files");

/** Phones of 2019–2020: what they lack is lowered here or has a plain fallback in the sheet. */
const SCRIPT_TARGET = ["es2019", "chrome80", "safari13", "firefox78"];
/** Safari 13 destructures; esbuild distrusts a rare case of defaults that we do not write. */
const SUPPORTED = { destructuring: true };
const version = (major, minor = 0) => (major << 16) | (minor << 8);
const CSS_TARGET = { chrome: version(80), safari: version(13), ios_saf: version(13), firefox: version(78), samsung: version(13) };

/** Files a first visit fetches: the 80 kB budget is held over them. */
const FIRST_LOAD = ["app.css", "app.js", "icons.svg", "golos-cyrillic.woff2", "golos-latin.woff2", "golos-rouble.woff2"];
const BUDGET = 80_000;

const chars = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)).join("");
const hex = (text) => [...text].map((c) => `U+${c.codePointAt(0).toString(16).toUpperCase()}`).join(",");
const SIGNS = "\u00a0«»§©°±·×²–—’“”„…‑\u2009\u202f−";

/** The typeface, cut to what Russian and English pages print; accents of other languages come from the uncut file on demand. */
const FONTS = [
  { name: "golos-cyrillic", from: "cyrillic", text: `${chars(0x410, 0x44f)}ЁёІіЇїЎўЄєҐґ№\u0301`, range: "U+0301,U+400-45F,U+490-491,U+2116" },
  { name: "golos-latin", from: "latin", text: chars(0x20, 0x7e) + SIGNS, range: `U+20-7E,${hex(SIGNS)}` },
  { name: "golos-rouble", from: "latin-ext", text: "₽", range: "U+20BD" },
  { name: "golos-accents", from: "latin", text: null, range: "U+A1-A6,U+A8,U+AA,U+AC-AF,U+B3-B6,U+B8-BA,U+BC-D6,U+D8-F6,U+F8-FF,U+131,U+152-153,U+2018,U+201A,U+2022,U+2039-203A,U+20AC,U+2122" },
];
const WEIGHTS = { min: 400, max: 700 };

const manifest = {};
const sizes = {};

/** Writes one file under its hashed name, with compressed copies beside it. */
async function put(name, content, { compress = true, hash = true } = {}) {
  const data = Buffer.from(content);
  const digest = createHash("sha256").update(data).digest("hex").slice(0, 10);
  const { name: stem, ext } = path.parse(name);
  const hashed = hash ? `${stem}.${digest}${ext}` : name;
  manifest[name] = hashed;
  await writeFile(path.join(out, hashed), data);
  sizes[name] = { raw: data.length, gzip: data.length, brotli: data.length };
  if (compress) {
    const gzip = gzipSync(data, { level: 9 });
    const brotli = brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } });
    await writeFile(path.join(out, `${hashed}.gz`), gzip);
    await writeFile(path.join(out, `${hashed}.br`), brotli);
    sizes[name] = { raw: data.length, gzip: gzip.length, brotli: brotli.length };
  }
}

async function fonts() {
  const faces = [];
  for (const { name, from, text, range } of FONTS) {
    const source = await readFile(path.join(fontFiles, `golos-text-${from}-wght-normal.woff2`));
    const options = { targetFormat: "woff2", variationAxes: { wght: WEIGHTS }, noHinting: true, dropTables: ["STAT"] };
    const data = await subsetFont(source, text ?? decodeRange(range), text ? { ...options, keepFeatures: ["kern", "tnum", "locl"] } : options);
    await put(`${name}.woff2`, data, { compress: false });
    faces.push(`@font-face{font-family:"Golos Text";font-style:normal;font-display:swap;font-weight:${WEIGHTS.min} ${WEIGHTS.max};src:url("${manifest[`${name}.woff2`]}") format("woff2");unicode-range:${range}}`);
  }
  return faces.join("\n");
}

/** "U+A1-A6,U+A8" → the characters. */
function decodeRange(range) {
  return range.split(",").map((part) => {
    const [first, last = first] = part.slice(2).split("-").map((n) => parseInt(n, 16));
    return chars(first, last ?? first);
  }).join("");
}

async function sprite() {
  const folder = path.join(here, "icons");
  const symbols = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".svg")).sort()) {
    const source = await readFile(path.join(folder, file), "utf8");
    const body = source.replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
    symbols.push(`<symbol id="${path.parse(file).name}" viewBox="0 0 24 24">${body}</symbol>`);
  }
  await put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

/** app.css is everybody's; staff.css is loaded after it on the desk only. */
async function styles(faces) {
  for (const [name, before] of [["app.css", `${faces}\n`], ["staff.css", ""]]) {
    const { code, warnings } = await bundleAsync({
      filename: path.join(here, "css", name),
      minify: true,
      targets: CSS_TARGET,
      errorRecovery: false,
    });
    for (const warning of warnings) console.warn(`css: ${warning.message}`);
    await put(name, `${before}${code}`);
  }
}

/** app.js is the shell; every other file of js/pages/ is a page's own module under its own name. */
async function scripts() {
  const pages = await readdir(path.join(here, "js/pages")).catch(() => []);
  const entries = { app: path.join(here, "js/app.js") };
  for (const file of pages.filter((name) => name.endsWith(".js"))) entries[path.parse(file).name] = path.join(here, "js/pages", file);
  for (const [name, entry] of Object.entries(entries)) {
    const { outputFiles } = await esbuild.build({
      entryPoints: [entry], bundle: true, supported: SUPPORTED, minify: true, write: false, outdir: out, format: "esm", target: SCRIPT_TARGET,
      legalComments: "none", charset: "utf8", loader: { ".png": "dataurl", ".svg": "dataurl" },
    });
    for (const file of outputFiles) await put(file.path.endsWith(".css") ? `${name}-page.css` : `${name}.js`, file.contents);
  }
}

/** The worker keeps one name (/sw.js), so its text says which files it belongs to. */
async function worker() {
  const files = FIRST_LOAD.map((name) => manifest[name]);
  const shell = JSON.stringify({ version: createHash("sha256").update(files.join()).digest("hex").slice(0, 10), files });
  const { outputFiles } = await esbuild.build({
    entryPoints: [path.join(here, "js/sw.js")], bundle: true, supported: SUPPORTED, minify: true, write: false, format: "iife", target: SCRIPT_TARGET,
    banner: { js: `globalThis.__SHELL__=${shell};` },
  });
  await put("sw.js", outputFiles[0].contents, { hash: false });
}

async function build() {
  const started = performance.now();
  for (const key of Object.keys(manifest)) delete manifest[key];
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const faces = await fonts();
  await sprite();
  await put("mark.svg", await readFile(path.join(here, "mark.svg")));
  await styles(faces);
  await scripts();
  await worker();
  await writeFile(path.join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  report(performance.now() - started);
}

function report(took) {
  const sum = (kind) => FIRST_LOAD.reduce((total, name) => total + sizes[name][kind], 0);
  for (const [name, size] of Object.entries(sizes)) console.log(`${name.padEnd(24)}${String(size.raw).padStart(8)}${String(size.gzip).padStart(8)}${String(size.brotli).padStart(8)}`);
  console.log(`first load: ${sum("gzip")} bytes gzip, ${sum("brotli")} brotli, of ${BUDGET}; built in ${Math.round(took)} ms`);
  if (sum("gzip") > BUDGET) {
    console.error("The first load is over its budget.");
    process.exitCode = 1;
  }
}

await build();
if (process.argv.includes("--watch")) {
  for await (const _ of watch(here, { recursive: true })) await build().catch((error) => console.error(error.message));
}
