// SPDX-License-Identifier: MIT
// answers.mjs - the forms in which Plex answers. One value gives both: XML where scalars are attributes and
// lists are elements, or JSON where it was asked for [spec]; errors are HTML whatever was asked [live].

/** An answer in the two forms of a media server: `{MediaContainer: …}`, or the element of that name. */
export function container(fields, headers = {}) {
  return { status: 200, element: 'MediaContainer', value: fields, wrapped: true, headers };
}

/** One value that JSON shows as it is and XML as an element of that name. */
export function plain(status, element, value) {
  return { status, element, value, wrapped: false, headers: {} };
}

/** The form of every error of plex.tv [live]. */
export function errorsOf(status, code, message) {
  return plain(status, 'response', { errors: [{ code, message, status }] });
}

export function html(status, title) {
  return text(status, 'text/html', `<html><head><title>${title}</title></head><body><h1>${status} ${title}</h1></body></html>`);
}

export function text(status, type, body, headers = {}) {
  return { status, type, body, headers };
}

/** The status, headers and bytes that are sent for an answer. */
export function render(answer, accept = '') {
  if (answer.body !== undefined) return sent(answer, answer.type, answer.body);
  if (/\bapplication\/json\b/.test(accept)) {
    return sent(answer, 'application/json', JSON.stringify(answer.wrapped ? { [answer.element]: answer.value } : answer.value));
  }
  return sent(answer, 'text/xml;charset=utf-8', `<?xml version="1.0" encoding="UTF-8"?>\n${elementOf(answer.element, answer.value)}\n`);
}

function sent(answer, type, body) {
  return { status: answer.status, headers: { 'content-type': type, ...answer.headers }, body: Buffer.from(body) };
}

function elementOf(name, value) {
  if (Array.isArray(value)) return `<${name}>${value.map((one) => elementOf(singular(name), one)).join('\n')}</${name}>`;
  let attributes = '';
  let inside = '';
  for (const [key, field] of Object.entries(value)) {
    if (field === null || field === undefined) continue;
    if (typeof field !== 'object') attributes += ` ${key}="${escaped(field)}"`;
    else if (Array.isArray(field) && /^[A-Z]/.test(key)) inside += field.map((one) => `\n${elementOf(elementFor(key, one), one)}`).join('');
    else inside += `\n${elementOf(key, field)}`;
  }
  return inside === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${inside}\n</${name}>`;
}

/** JSON has one list of all kinds, XML an element for each kind [spec]. */
function elementFor(key, one) {
  if (key !== 'Metadata') return key;
  if (one.type === 'track') return 'Track';
  if (one.type === 'photo') return 'Photo';
  return ['show', 'season', 'artist', 'album'].includes(one.type) ? 'Directory' : 'Video';
}

const singular = (name) => name.replace(/s$/, '');

function escaped(value) {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
}
