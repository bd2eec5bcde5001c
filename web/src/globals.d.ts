// SPDX-License-Identifier: MIT
// What the build puts in: the version this panel was built as, and style sheets taken in as text.
declare const PLAYBUS_VERSION: string;

declare module '*.css?inline' {
  const text: string;
  export default text;
}
