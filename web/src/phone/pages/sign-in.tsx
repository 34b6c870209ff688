// Sign-in: name and password; in the demonstration, one tap per role.

import { useState, type FormEvent } from 'react';
import { Refused, write } from '../api';
import type { Me } from '../types';
import { Button, Trouble } from '../ui/parts';
import { say, switchLang } from '../words';

export function SignIn({ me, onSignedIn }: { me: Me | undefined; onSignedIn: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const enter = async (as: { name: string; password: string }) => {
    setBusy(true);
    setWrong('');
    try {
      await write('POST', '/session', { name: as.name, password: as.password });
      onSignedIn();
    } catch (fault) {
      setWrong(fault instanceof Refused ? fault.message : say('failed', String(fault)));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter({ name, password });
  };
  return (
    <main className="sign-in">
      <h1>{say('product')}</h1>
      {wrong && <Trouble>{wrong}</Trouble>}
      <form onSubmit={submit}>
        <label htmlFor="name">{say('name')}</label>
        <input id="name" autoComplete="username" autoCapitalize="none" value={name} onChange={(e) => setName(e.target.value)} />
        <label htmlFor="password">{say('password')}</label>
        <input
          id="password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
        <Button type="submit" disabled={busy || !name || !password}>{say('sign_in')}</Button>
      </form>
      {me?.demo_accounts && me.demo_accounts.length > 0 && (
        <section>
          <h2>{say('demo_as')}</h2>
          {me.demo_accounts.map((account) => (
            <Button key={account.name} kind="quiet" disabled={busy} onClick={() => void enter(account)}>
              {account.label}
            </Button>
          ))}
        </section>
      )}
      <Button kind="plain" onClick={switchLang}>{say('language')}</Button>
    </main>
  );
}
