// SPDX-License-Identifier: MIT
// <settings-manager>: the navigation and the sections of the panel. The address (#access) says which
// one is shown, so reload, back and bookmarks work; what stands in it after a ? is the section's own. A section once opened stays in the page, hidden,
// with all a person has typed; its `active` tells it when it is looked at again.
import { LitElement, css, html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { fetched } from '../lib/fetched.js';
import { base, buttons } from './ui/styles.js';

/** One entry of the navigation. */
export interface SettingsSection {
  /** In the address. */
  id: string;
  label: string;
  icon: TemplateResult;
  /** Not in the navigation, but known by its address. */
  unlisted?: boolean;
  /** Fetches the section's code, where it is not in the first bundle. */
  load?: () => Promise<unknown>;
  render(active: boolean): TemplateResult;
}

function hashOf(url: string): string {
  return /#.*$/.exec(url)?.[0] ?? '';
}

function sectionOf(url: string): string {
  return hashOf(url).slice(1).split('?', 1)[0] ?? '';
}

@customElement('settings-manager')
export class SettingsManager extends LitElement {
  /** The first one is open by default. */
  @property({ attribute: false }) sections: readonly SettingsSection[] = [];
  /** Nothing is asked for: no section is `active`, all stay as they are. */
  @property({ type: Boolean }) paused = false;
  @state() private current = '';
  /** Sections whose code could not be fetched yet. */
  @state() private failed: ReadonlySet<string> = new Set();
  private readonly opened = new Set<string>();
  /** Where each section was left: there its link leads. */
  private readonly left = new Map<string, string>();

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid; grid-template-columns: 13.5rem minmax(0, 1fr); gap: 2rem; align-items: start;
        max-width: 76rem; margin: 0 auto; padding: 1.75rem 1.5rem 4rem;
      }
      nav { position: sticky; top: 1.25rem; }
      ul { list-style: none; padding: 0; display: grid; gap: 0.2rem; }
      nav a {
        display: flex; gap: 0.65rem; align-items: center; min-height: 2.5rem; padding: 0.35rem 0.75rem;
        border-radius: var(--pb-radius-small); color: var(--pb-muted); font-weight: 560; text-decoration: none; white-space: nowrap;
      }
      nav a:hover { background: var(--pb-surface-2); color: var(--pb-text); }
      nav a[aria-current='page'] { background: var(--pb-accent-soft); color: var(--pb-accent); }
      nav a:focus-visible { border-radius: var(--pb-radius-small); }
      svg { flex: none; }
      main { min-width: 0; }
      main:focus-visible { outline: none; }
      section > h1 { margin-bottom: 1rem; width: fit-content; }
      section > h1:focus-visible { outline-offset: 4px; }
      @media (max-width: 48rem) {
        :host { grid-template-columns: minmax(0, 1fr); gap: 0.75rem; padding: 0 1rem 3rem; }
        nav { position: static; margin: 0 -1rem; padding: 0.3rem 0.6rem; border-bottom: 1px solid var(--pb-line); }
        ul { display: flex; flex-wrap: wrap; }
        nav a { min-height: 2.125rem; padding: 0.15rem 0.6rem; font-size: 0.9rem; }
        ul { gap: 0.1rem; }
        nav svg { display: none; }
      }
      @media (max-width: 22.5rem) {
        nav { padding-inline: 0.5rem; }
        nav a { padding-inline: 0.4rem; font-size: 0.8438rem; }
      }
    `,
  ];

  override connectedCallback() {
    super.connectedCallback();
    window.addEventListener('hashchange', this.onAddress);
    this.show(this.sectionOfAddress());
  }

  override disconnectedCallback() {
    window.removeEventListener('hashchange', this.onAddress);
    super.disconnectedCallback();
  }

  override willUpdate() {
    if (!this.sections.some((section) => section.id === this.current)) {
      this.show(this.sectionOfAddress());
    }
  }

  override render() {
    return html`
      <nav aria-label="Settings">
        <ul>${repeat(this.sections.filter(({ unlisted }) => unlisted !== true), (section) => section.id, (section) => this.link(section))}</ul>
      </nav>
      <main id="content" tabindex="-1">
        ${repeat(this.sections, (section) => section.id, (section) => this.section(section))}
      </main>
    `;
  }

  /** Past the navigation. */
  focusContent() {
    this.renderRoot.querySelector<HTMLElement>(`#heading-${this.current}`)?.focus();
  }

  private link(section: SettingsSection) {
    const current = section.id === this.current;
    const place = current ? undefined : this.left.get(section.id);
    return html`<li><a href=${place ?? `#${section.id}`} aria-current=${current ? 'page' : nothing}>${section.icon}${section.label}</a></li>`;
  }

  private section(section: SettingsSection) {
    if (!this.opened.has(section.id)) {
      return nothing;
    }
    const shown = section.id === this.current;
    return html`
      <section ?hidden=${!shown} aria-labelledby="heading-${section.id}">
        <h1 id="heading-${section.id}" tabindex="-1">${section.label}</h1>
        ${this.failed.has(section.id) ? this.failure() : section.render(shown && !this.paused)}
      </section>
    `;
  }

  /* Asked for again by itself; if Playbus was updated the old code is gone, and only a reload helps. */
  private failure() {
    return html`<p role="alert">This part of the page could not be loaded.
      <button @click=${() => window.location.reload()}>Reload</button></p>`;
  }

  private sectionOfAddress(): string {
    const asked = sectionOf(window.location.href);
    return this.sections.some((section) => section.id === asked) ? asked : (this.sections[0]?.id ?? '');
  }

  private show(id: string) {
    const section = this.sections.find((one) => one.id === id);
    this.current = id;
    if (section) {
      if (section.load && !this.opened.has(id)) void this.fetch(id, section.load);
      this.opened.add(id);
      document.title = `Playbus – ${section.label}`;
    }
  }

  private async fetch(id: string, load: () => Promise<unknown>) {
    await fetched(() => load().catch((thrown: unknown) => {
      this.failed = new Set([...this.failed, id]);
      throw thrown;
    }));
    this.failed = new Set([...this.failed].filter((one) => one !== id));
  }

  /* Whoever follows a link hears where they are: the heading takes the focus. */
  private readonly onAddress = async ({ oldURL }: HashChangeEvent) => {
    const id = this.sectionOfAddress();
    if (id === this.current) {
      return;
    }
    if (sectionOf(oldURL) === this.current) this.left.set(this.current, hashOf(oldURL));
    this.show(id);
    await this.updateComplete;
    this.focusContent();
    window.scrollTo(0, 0);
  };
}
