import { describe, expect, it } from 'vitest';
import { KeyGate, QUIET_MS, type KeyLike } from './gate';

const press = (code: string, more: Partial<KeyLike> = {}): KeyLike => ({ code, key: code, target: null, ...more });

describe('keys as commands', () => {
  it('a_plain_key_is_a_command_by_its_place_on_the_board', () => {
    expect(new KeyGate().commandOf(press('KeyJ', { key: 'о' }), 0)).toBe('KeyJ');
    expect(new KeyGate().commandOf(press('Slash', { shiftKey: true }), 0)).toBe('Shift+Slash');
  });

  it('keys_of_an_input_method_are_not_commands', () => {
    const gate = new KeyGate();
    expect(gate.commandOf(press('KeyA', { isComposing: true }), 0)).toBeNull();
    expect(gate.commandOf(press('KeyA', { keyCode: 229 }), 0)).toBeNull();
    expect(gate.commandOf(press('KeyA', { key: 'Process' }), 0)).toBeNull();
    gate.compositionStarted();
    expect(gate.commandOf(press('KeyA'), 0)).toBeNull();
  });

  it('the_enter_that_ends_a_composition_dispatches_nothing', () => {
    const gate = new KeyGate();
    gate.compositionStarted();
    gate.compositionEnded(1_000);
    expect(gate.commandOf(press('Enter'), 1_000 + QUIET_MS - 1)).toBeNull();
    expect(gate.commandOf(press('Enter'), 1_000 + QUIET_MS)).toBe('Enter');
  });

  it('typing_in_a_field_is_typing', () => {
    const gate = new KeyGate();
    for (const target of [{ tagName: 'INPUT' }, { tagName: 'TEXTAREA' }, { tagName: 'DIV', isContentEditable: true }]) {
      expect(gate.commandOf(press('KeyA', { target }), 0)).toBeNull();
    }
    expect(gate.commandOf(press('KeyA', { target: { tagName: 'DIV' } }), 0)).toBe('KeyA');
  });

  it('enter_on_a_button_presses_the_button', () => {
    const gate = new KeyGate();
    for (const tagName of ['BUTTON', 'A']) {
      expect(gate.commandOf(press('Enter', { target: { tagName } }), 0)).toBeNull();
      expect(gate.commandOf(press('KeyJ', { target: { tagName } }), 0)).toBe('KeyJ');
    }
  });

  it('shortcuts_of_the_browser_stay_the_browsers', () => {
    const gate = new KeyGate();
    expect(gate.commandOf(press('KeyR', { ctrlKey: true }), 0)).toBeNull();
    expect(gate.commandOf(press('KeyR', { metaKey: true }), 0)).toBeNull();
    expect(gate.commandOf(press('KeyR', { altKey: true }), 0)).toBeNull();
  });
});
