// SPDX-License-Identifier: MIT
// Unit tests lie beside what they test; they run in jsdom, without a server.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { PLAYBUS_VERSION: JSON.stringify('0.0.0-test') },
  server: { host: '127.0.0.1' }, // there may be no name localhost
  test: {
    environment: 'jsdom',
    include: ['*.test.ts', 'src/**/*.test.ts'],
    restoreMocks: true,
  },
});
