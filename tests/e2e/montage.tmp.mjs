import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
const [out, width, ...files] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const p = await b.newPage({ viewport: { width: Number(width), height: 800 } });
await p.setContent(`<body style="margin:4px;background:#999;display:flex;gap:6px;align-items:flex-start">${files.map((f) => `<img style="flex:${f.includes('phone') ? 1 : 2.6} 1 0;min-width:0" src="data:image/png;base64,${readFileSync(f).toString('base64')}">`).join('')}</body>`);
await p.screenshot({ path: out, fullPage: true }); await b.close();
