// The last step but one of `npm run build`: writes a compressed twin beside each asset, which the gateway serves as it is to
// whoever accepts it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const assets = fileURLToPath(new URL('dist/page/assets', import.meta.url));
const worthwhile = 1024; // bytes; less fits into one packet either way

for (const name of readdirSync(assets)) {
  const content = readFileSync(join(assets, name));
  if (content.length >= worthwhile) {
    writeFileSync(join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}
