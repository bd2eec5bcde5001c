// SPDX-License-Identifier: MIT
// people.ts - what GET /people and the routes below it give and take.

export interface AccountRef { server_id: string; user_id: string }
export interface PersonAccount { server_id: string | null; user_id: string | null; name: string | null; plays: number; is_admin?: boolean }
export interface PersonView { id: string; name: string | null; mapped: boolean; plays: number; accounts: PersonAccount[] }
export interface PersonProposal { accounts: PersonAccount[]; because: string; weaker: boolean }
export interface ClockSkew { server_id: string; seconds: number; pairs: number; alarm: boolean; message?: string }
export interface ForgottenPerson { id: string; since: string; by: string | null; accounts: AccountRef[] }
export interface PeopleListed {
  items: PersonView[];
  proposals: PersonProposal[];
  unmapped: { accounts: number; plays: number; nobodys: PersonAccount[] };
  skew: ClockSkew[];
  forgotten: ForgottenPerson[];
  /** Accounts beyond those that are listed. */
  left_out: number;
}
/** GET /people/{id}/forget. */
export interface PersonFigured { id: string; accounts: AccountRef[]; plays: number; rows: number; rejected: number; since?: string }
