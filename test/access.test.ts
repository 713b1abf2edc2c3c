import { describe, expect, it } from 'vitest';
import { type AccessRules, createAccess, type Place, visibleSources } from '../src/access.ts';

const sources = [
  { spec: 'public', isPrivate: false },
  { spec: 'whole server', isPrivate: true },
  { spec: 'one channel', isPrivate: true },
  { spec: 'whole workspace', isPrivate: true },
  { spec: 'one Slack channel', isPrivate: true },
  { spec: 'private by the rules alone', isPrivate: false },
  { spec: 'private and allowed nowhere', isPrivate: true },
];
const rules: AccessRules = new Map([
  ['whole server', [{ platform: 'discord', server: 'S1' }]],
  ['one channel', [{ platform: 'discord', server: 'S1', channel: 'C1' }]],
  ['whole workspace', [{ platform: 'slack', server: 'T1' }]],
  ['one Slack channel', [{ platform: 'slack', server: 'T1', channel: 'C1' }]],
  ['private by the rules alone', [{ platform: 'discord', server: 'S9' }]],
]);
const seen = (place: Place) => visibleSources(place, sources, rules).filter((spec) => spec !== 'public');
const onDiscord = (place: Omit<Place, 'platform'>) => seen({ platform: 'discord', ...place });
const onSlack = (place: Omit<Place, 'platform'>) => seen({ platform: 'slack', ...place });

describe('who may see what', () => {
  it('lets public sources answer everywhere', () => {
    for (const kind of ['channel', 'direct', 'guest', 'outside', 'local'] as const) {
      expect(visibleSources({ platform: 'web', kind }, sources, rules)).toContain('public');
    }
  });

  it('lets a private source answer in the server or channel that it was allowed for, and in no other', () => {
    expect(onDiscord({ kind: 'channel', server: 'S1', channel: 'C1' })).toEqual(['whole server', 'one channel']);
    expect(onDiscord({ kind: 'channel', server: 'S1', channel: 'C2' })).toEqual(['whole server']);
    expect(onDiscord({ kind: 'channel', server: 'S2', channel: 'C1' })).toEqual([]);
    expect(onSlack({ kind: 'channel', server: 'T1', channel: 'C1' })).toEqual(['whole workspace', 'one Slack channel']);
    expect(onSlack({ kind: 'channel', server: 'S1', channel: 'C1' })).toEqual([]);
    expect(onDiscord({ kind: 'channel', channel: 'C1' })).toEqual([]);
  });

  it('counts a thread to the channel that it stands in', () => {
    expect(onDiscord({ kind: 'channel', server: 'S1', channel: '77', parent: 'C1' })).toContain('one channel');
    expect(onDiscord({ kind: 'channel', server: 'S1', channel: '77', parent: 'C2' })).not.toContain('one channel');
  });

  it('shows a direct message what the whole server or workspace may see, never what single channels may', () => {
    expect(onDiscord({ kind: 'direct', memberOf: ['S1', 'S5'], channel: 'C1' })).toEqual(['whole server']);
    expect(onDiscord({ kind: 'direct', memberOf: [], channel: 'C1' })).toEqual([]);
    expect(onDiscord({ kind: 'direct' })).toEqual([]);
    expect(onSlack({ kind: 'direct', server: 'T1', channel: 'C1' })).toEqual(['whole workspace']);
  });

  it('shows a guest what their channel may see, never what the whole workspace may', () => {
    expect(onSlack({ kind: 'guest', server: 'T1', channel: 'C1' })).toEqual(['one Slack channel']);
    expect(onSlack({ kind: 'guest', server: 'T1', channel: 'D1' })).toEqual([]);
  });

  it('shows nothing private outside, whatever ids the place has', () => {
    expect(onDiscord({ kind: 'outside', server: 'S1', channel: 'C1', memberOf: ['S1'] })).toEqual([]);
    expect(onSlack({ kind: 'outside', server: 'T1', channel: 'C1' })).toEqual([]);
    expect(seen({ platform: 'web', kind: 'outside' })).toEqual([]);
  });

  it('shows whoever sits at the machine all but what was allowed nowhere', () => {
    const all = sources.map(({ spec }) => spec).filter((spec) => spec !== 'public');
    expect(seen({ platform: 'terminal', kind: 'local' })).toEqual(all.slice(0, -1));
  });

  it('goes by the sources as they are when it is asked, and names the servers whose members see something', async () => {
    let isPrivate = false;
    const access = createAccess({ rules, sources: async () => [{ spec: 'turns private', isPrivate }] });
    const place: Place = { platform: 'discord', kind: 'channel', server: 'S1', channel: 'C1' };
    expect(await access.sees(place)).toEqual(['turns private']);
    isPrivate = true;
    expect(await access.sees(place)).toEqual([]);
    expect(access.servers('discord')).toEqual(['S1', 'S9']);
    expect(access.servers('slack')).toEqual(['T1']);
  });
});
