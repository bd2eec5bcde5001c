// SPDX-License-Identifier: MIT
// paths.ts - databases as people know them: an upload by the name it was given, a long path by its
// first folders and its file.

const UPLOAD = /\/uploads\/[0-9a-f]{12}-([^/]+)$/;
const MOST = 44;

/** A Tautulli's, which is given in place of a path. */
export function isAddress(path: string): boolean {
  return /^https?:\/\//i.test(path.trim());
}

/** The name a person gave, if this is where an upload lies. */
export function uploadName(path: string): string | undefined {
  return UPLOAD.exec(path)?.[1];
}

function cutInside(name: string, most: number): string {
  if (name.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - end)}…${name.slice(name.length - end)}`;
}

/** No longer than `most`: what is left out is in the middle, and the file's name is the last to go. */
export function shortPath(path: string, most = MOST): string {
  if (path.length <= most) return path;
  const at = path.lastIndexOf('/') + 1;
  const file = path.slice(at);
  const folders = path.slice(0, Math.min(at, Math.max(0, most - file.length - 2)));
  const whole = folders.slice(0, folders.lastIndexOf('/') + 1);
  return `${whole}…/${cutInside(file, most - 2)}`;
}
