import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ChangeEvent, type FormEvent, type RefObject } from 'react';

import { ProblemError } from '../api/problem';
import { tracer } from '../tracing/page';
import { sentence } from '../ui/words';
import { sortToFields, type Mistakes } from './mistakes';

type Editable = HTMLInputElement | HTMLSelectElement;

/** The names of the fields of a draft that are text. */
type TextOf<Draft> = { [Name in keyof Draft & string]: Draft[Name] extends string ? Name : never }[keyof Draft & string];

interface Input {
  name: string;
  value: string;
  /** What is wrong with it, as a sentence, once that is to be said. */
  mistake: string | undefined;
  onChange: (event: ChangeEvent<Editable>) => void;
  /** The person has been in the field: from then on its mistakes are said. */
  onBlur: () => void;
}

interface Options<Draft, Answer> {
  initial: Draft;
  /** What is wrong with the draft before it is sent. */
  check: (draft: Draft) => Mistakes;
  /** The fields that have an input now, in the API's names. */
  fields: (draft: Draft) => readonly string[];
  /** Problems that are about one field though the API names none, by their code. */
  fieldOfProblem?: Readonly<Record<string, string>>;
  send: (draft: Draft) => Promise<Answer>;
  sent: (answer: Answer) => void;
  /** What the person does by sending it, such as "create event". */
  action: string;
}

/** A form that is being filled in. */
export interface Form<Draft> {
  draft: Draft;
  change: (difference: Partial<Draft>) => void;
  /** What the input of a field is given that stands in the draft as text under the field's own name. */
  input: (field: TextOf<Draft>) => Input;
  /** What any other input is given, such as that of a field in a list. */
  part: (field: string) => Pick<Input, 'name' | 'mistake' | 'onBlur'>;
  /** What the API said that belongs to no field: rules, and the problem itself where it named no fields at all. */
  others: readonly string[];
  problem: Error | undefined;
  pending: boolean;
  submit: (event: FormEvent) => void;
  ref: RefObject<HTMLFormElement | null>;
}

const nothingRefused = { byField: {}, others: [] };

/**
 * Keeps a form. A mistake is shown once its field was left or the form was sent, and the API's word about a field stands above
 * the page's own until the field is changed. Sending a form with mistakes moves the focus to the first of them.
 */
export function useForm<Draft extends object, Answer>(options: Options<Draft, Answer>): Form<Draft> {
  const { check, fields, fieldOfProblem = {}, send, sent, action } = options;
  const [draft, setDraft] = useState(options.initial);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [attempts, setAttempts] = useState(0);
  const [refused, setRefused] = useState<{ byField: Mistakes; others: readonly string[] }>(nothingRefused);
  const ref = useRef<HTMLFormElement>(null);

  const sending = useMutation({
    mutationFn: send,
    onSuccess: sent,
    onError: (failure) => {
      setRefused(refusal(failure, fields(draft), fieldOfProblem));
      setAttempts((n) => n + 1);
    },
  });
  useEffect(() => {
    if (attempts > 0) {
      ref.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    }
  }, [attempts]);

  const mistakes = check(draft);
  const said = (field: string) => refused.byField[field] ?? (attempts > 0 || left.has(field) ? mistakes[field] : undefined);
  const part = (field: string) => {
    const mistake = said(field);
    return {
      name: field,
      mistake: mistake === undefined ? undefined : sentence(mistake),
      onBlur: () => setLeft((before) => (before.has(field) ? before : new Set(before).add(field))),
    };
  };
  const change = (difference: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...difference }));
    setRefused(({ byField, others }) => ({ others, byField: without(byField, Object.keys(difference)) }));
  };
  return {
    draft,
    ref,
    change,
    part,
    input: (field) => ({
      ...part(field),
      value: draft[field] as string,
      onChange: ({ target }) => change({ [field]: target.value } as Partial<Draft>),
    }),
    others: refused.others,
    problem: sending.error !== null && !saidByFields(sending.error, fieldOfProblem) ? sending.error : undefined,
    pending: sending.isPending,
    submit: (event) => {
      event.preventDefault();
      if (sending.isPending) {
        return;
      }
      setRefused(nothingRefused);
      if (Object.keys(mistakes).length > 0) {
        sending.reset();
        setAttempts((n) => n + 1);
        return;
      }
      tracer.action(action);
      sending.mutate(draft);
    },
  };
}

function refusal(failure: unknown, fields: readonly string[], fieldOfProblem: Readonly<Record<string, string>>) {
  if (!(failure instanceof ProblemError)) {
    return nothingRefused;
  }
  const field = fieldOfProblem[failure.code];
  if (failure.fields.length === 0 && field !== undefined) {
    return { byField: { [field]: failure.message }, others: [] };
  }
  return sortToFields(failure.fields, fields);
}

/** Whether a failure says all it has to say by the names of fields. */
function saidByFields(failure: Error, fieldOfProblem: Readonly<Record<string, string>>): boolean {
  return failure instanceof ProblemError && (failure.fields.length > 0 || failure.code in fieldOfProblem);
}

/** The mistakes but those of fields that were changed, and of their parts. */
function without(mistakes: Mistakes, changed: readonly string[]): Mistakes {
  return Object.fromEntries(
    Object.entries(mistakes).filter(([field]) => !changed.some((name) => field === name || field.startsWith(`${name}[`))),
  );
}
