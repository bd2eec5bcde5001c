// SPDX-License-Identifier: MIT
// Builds the panel: node build.mjs OUTPUT_FOLDER [VERSION]. The folder holds index.html and assets
// with the hash of their content in their names (so they may be kept for ever), each with a .br and
// a .gz beside it. Nothing is inline: the Content-Security-Policy forbids it.
import { build } from 'esbuild';
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const [folder, version = 'development'] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node build.mjs OUTPUT_FOLDER [VERSION]');
  process.exit(2);
}
/** The first with style sheets that scripts may hand to components: without, the CSP leaves them bare. */
const oldest = ['chrome99', 'firefox101', 'safari16.4'];
const output = resolve(folder);
const staging = `${output}.new`;

/** `import css from './x.css?inline'` is the file's text, as in Vite, which runs the tests. */
const inlineCss = {
  name: 'inline-css',
  setup(bundler) {
    bundler.onResolve({ filter: /\.css\?inline$/ }, async (args) => {
      const found = await bundler.resolve(args.path.replace(/\?inline$/, ''), {
        kind: 'import-rule',
        resolveDir: args.resolveDir,
      });
      return { ...found, namespace: 'inline-css' };
    });
    bundler.onLoad({ filter: /.*/, namespace: 'inline-css' }, async (args) => ({
      contents: await readFile(args.path, 'utf8'),
      loader: 'text',
    }));
  },
};

await rm(staging, { recursive: true, force: true });
await mkdir(staging, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ['src/main.ts', 'src/app/theme.css', 'src/icon.svg'],
  outdir: staging,
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: oldest,
  minify: true,
  legalComments: 'none',
  metafile: true,
  loader: { '.svg': 'copy' },
  define: { PLAYBUS_VERSION: JSON.stringify(version) },
  plugins: [inlineCss],
  logLevel: 'warning',
});

const outputs = Object.entries(metafile.outputs).map(([path, made]) => ({
  ...made,
  path: resolve(here, path),
}));
const urlOf = (made) => `/assets/${basename(made.path)}`;
const madeFrom = (entry) => outputs.find((made) => made.entryPoint === entry);
const main = madeFrom('src/main.ts');
const needed = main.imports
  .filter((used) => used.kind === 'import-statement')
  .map((used) => urlOf({ path: used.path }));
const head = [
  `<link rel="icon" href="${urlOf(madeFrom('src/icon.svg'))}" type="image/svg+xml">`,
  `<link rel="stylesheet" href="${urlOf(madeFrom('src/app/theme.css'))}">`,
  ...needed.map((url) => `<link rel="modulepreload" href="${url}">`),
  // Painted once the chosen theme is known, not before.
  `<script type="module" blocking="render" src="${urlOf(main)}"></script>`,
];
const page = await readFile(join(here, 'src/index.html'), 'utf8');
await writeFile(join(staging, 'index.html'), page.replace('<!-- assets -->', head.join('\n  ')));

async function compress(path) {
  const bytes = await readFile(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  await writeFile(`${path}.br`, brotliCompressSync(bytes, { params }));
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
}
await compress(join(staging, 'index.html'));
const signedIn = join(staging, 'signed-in.html'); // where plex.tv leads a window that it signed in
await copyFile(join(here, 'src/signed-in.html'), signedIn);
await compress(signedIn);
for (const name of await readdir(join(staging, 'assets'))) {
  await compress(join(staging, 'assets', name));
}

// The finished folder takes the place of the old one: a build that failed leaves the old one whole.
await rm(output, { recursive: true, force: true });
await rename(staging, output);
