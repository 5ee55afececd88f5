import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { ProblemError } from '../api/problem';
import { TextField } from '../ui/Field';
import { useForm } from './useForm';

interface Draft {
  name: string;
  'price.amount': string;
}

type Send = (draft: Draft) => Promise<string>;

function Form({ send, sent }: { send: Send; sent: (answer: string) => void }) {
  const form = useForm({
    initial: { name: '', 'price.amount': '1' },
    check: ({ name }: Draft): Record<string, string> => (name === '' ? { name: 'is required' } : {}),
    fields: () => ['name', 'price.amount'],
    fieldOfProblem: { 'price-too-low': 'price.amount' },
    send,
    sent,
    action: 'test',
  });
  return (
    <form ref={form.ref} onSubmit={form.submit} noValidate>
      <TextField label="Name" {...form.input('name')} />
      <TextField label="Price" {...form.input('price.amount')} />
      <p>{form.others.join()}</p>
      {form.problem !== undefined && <p role="alert">{form.problem.message}</p>}
      <button type="submit">{form.pending ? 'Saving' : 'Save'}</button>
    </form>
  );
}

function open(send: Send) {
  const sent = vi.fn<(answer: string) => void>();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Form send={send} sent={sent} />
    </QueryClientProvider>,
  );
  return { sent, user: userEvent.setup(), name: screen.getByLabelText('Name'), price: screen.getByLabelText('Price') };
}

function refusing(details: Partial<ConstructorParameters<typeof ProblemError>[0]>): Send {
  return () => Promise.reject(new ProblemError({ status: 400, code: 'invalid-request', ...details }));
}

const mistaken = (field: HTMLElement) => field.getAttribute('aria-invalid') === 'true';

test('a mistake is shown when its field was left, and goes when it is corrected', async () => {
  const { user, name } = open(() => Promise.resolve(''));
  expect(mistaken(name)).toBe(false);
  await user.click(name);
  await user.tab();
  expect(mistaken(name)).toBe(true);
  await user.type(name, 'Jazz');
  expect(mistaken(name)).toBe(false);
});

test('a form with mistakes is not sent, and the first of them gets the focus', async () => {
  const send = vi.fn<Send>();
  const { user, name } = open(send);
  await user.click(screen.getByRole('button'));
  expect(send).not.toHaveBeenCalled();
  expect(mistaken(name)).toBe(true);
  expect(document.activeElement).toBe(name);
});

test('what is sent twice is sent once', async () => {
  let answer: (text: string) => void = () => undefined;
  const send = vi.fn<Send>(() => new Promise((resolve) => (answer = resolve)));
  const { user, name, sent } = open(send);
  await user.type(name, 'Jazz{Enter}');
  await screen.findByText('Saving');
  await user.type(name, '{Enter}');
  answer('done');
  await waitFor(() => expect(sent).toHaveBeenCalledOnce());
  expect(send).toHaveBeenCalledOnce();
  expect(sent.mock.calls[0]?.[0]).toBe('done');
});

test("the API's word stands above the page's own, until the field is changed", async () => {
  const errors = [{ field: 'name', rule: 'must be unique' }, { field: 'price', rule: 'is required' }];
  const { user, name, price } = open(refusing({ errors }));
  await user.type(name, 'Jazz{Enter}');
  await screen.findByText('Must be unique.');
  expect(mistaken(price)).toBe(true);
  expect(document.activeElement).toBe(name);
  await user.type(name, 's');
  expect(mistaken(name)).toBe(false);
  expect(mistaken(price)).toBe(true);
});

test('what the API says of no field of the form is kept for the form', async () => {
  const { user, name } = open(refusing({ errors: [{ field: 'colour', rule: 'is not a known field' }] }));
  await user.type(name, 'Jazz{Enter}');
  expect(await screen.findByText('colour is not a known field')).toBeTruthy();
});

test('a problem that is about one field is said there', async () => {
  const { user, name, price } = open(refusing({ status: 409, code: 'price-too-low', detail: 'It was 2.' }));
  await user.type(name, 'Jazz{Enter}');
  await screen.findByText('It was 2.');
  expect(mistaken(price)).toBe(true);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('a failure of the page itself is not hidden', async () => {
  const { user, name } = open(() => Promise.reject(new Error('a defect')));
  await user.type(name, 'Jazz{Enter}');
  expect((await screen.findByRole('alert')).textContent).toBe('a defect');
});

test('any other problem is said for the form', async () => {
  const { user, name } = open(refusing({ status: 503, code: 'unavailable', detail: 'Away.' }));
  await user.type(name, 'Jazz{Enter}');
  expect((await screen.findByRole('alert')).textContent).toBe('Away.');
});
