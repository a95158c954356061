import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import test from 'node:test';
import { authorOf } from '../../cli/author.ts';
import { UsageError } from '../../cli/exit.ts';

test('the name that is given is kept, without the space around it', () => {
  assert.equal(authorOf({ by: ' ada ' }), 'ada');
});

test('without one, it is the system’s name of the user', () => {
  assert.equal(authorOf({}), userInfo().username);
});

test('a blank name is wrong usage', () => {
  assert.throws(() => authorOf({ by: ' ' }), UsageError);
});
