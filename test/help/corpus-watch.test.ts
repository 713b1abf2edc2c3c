import { describe, expect, it, onTestFinished } from 'vitest';
import { watchCorpus } from '../../src/help/corpus-watch.ts';
import { silentLogger } from '../../src/log.ts';
import { aMessage } from '../fakes/fake-chat.ts';
import { answerOf, aScene, ranksOf, type Scene } from './setup.ts';

function aWatch(scene: Scene) {
  const corpus = { version: 1, privateSources: [] as string[], lookedUp: 0 };
  const watch = watchCorpus({
    conversations: scene.conversations,
    posts: scene.memory.posts,
    comments: async (keys, sees) => {
      corpus.lookedUp += keys.length;
      return scene.comments(keys, sees);
    },
    version: async () => corpus.version,
    privateSources: async () => corpus.privateSources,
    everyMs: 3600_000,
    log: silentLogger,
  });
  onTestFinished(() => watch.close());
  return { watch, corpus };
}

async function anAnswered() {
  const scene = await aScene();
  await scene.conversations.message(aMessage());
  return { scene, ...aWatch(scene) };
}

describe('what changes in the corpus', () => {
  it('reaches posted answers: a comment that was removed, one that was edited', async () => {
    const { scene, watch, corpus } = await anAnswered();
    await watch.look();
    expect(scene.chat.posts[0]?.edits).toBe(0);
    scene.gone.add('comment-1');
    scene.texts.set('comment-3', 'Edited: use another folder.');
    corpus.version++;
    await watch.look();
    expect(ranksOf(scene, 0)).toEqual([2, 3, 4, 5, 6]);
    expect(answerOf(scene, 0).hits[1]?.comment).toBe('Edited: use another folder.');
    const { edits } = scene.chat.posts[0] ?? {};
    corpus.version++;
    await watch.look();
    expect(scene.chat.posts[0]?.edits).toBe(edits);
  });

  it('is found also when it happened while the bot was down', async () => {
    const { scene } = await anAnswered();
    const again = await aScene({ file: scene.file, chat: scene.chat });
    again.gone.add('comment-2');
    await aWatch(again).watch.look();
    expect(ranksOf(again, 0)).toEqual([1, 3, 4, 5, 6]);
  });

  it('is not looked for while the corpus stays as it is', async () => {
    const { watch, corpus } = await anAnswered();
    await watch.look();
    const { lookedUp } = corpus;
    await watch.look();
    expect(corpus.lookedUp).toBe(lookedUp);
  });

  it('reaches posted answers when a source becomes private', async () => {
    const { scene, watch, corpus } = await anAnswered();
    await watch.look();
    scene.visible.current = [];
    corpus.privateSources = ['hub:example/issues'];
    await watch.look();
    expect(scene.chat.posts[0]?.post.outcome).toMatchObject({ kind: 'problem' });
  });

  it('is looked for again when a look failed', async () => {
    const { scene, watch, corpus } = await anAnswered();
    await watch.look();
    scene.gone.add('comment-1');
    corpus.version++;
    const { allShown } = scene.memory.posts;
    Object.assign(scene.memory.posts, { allShown: () => Promise.reject(new Error('the disk is busy')) });
    await watch.look();
    Object.assign(scene.memory.posts, { allShown });
    await watch.look();
    expect(ranksOf(scene, 0)).toEqual([2, 3, 4, 5, 6]);
  });
});
