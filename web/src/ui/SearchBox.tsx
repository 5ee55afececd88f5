import { useEffect, useId, useRef, useState } from 'react';

interface Props {
  label: string;
  value: string;
  onSearch: (text: string) => void;
}

const pause = 250; // ms without a key until what was typed is searched for

/** Searches as somebody types: for what was typed once they pause, or press Enter. */
export function SearchBox({ label, value, onSearch }: Props) {
  const id = useId();
  const [typed, setTyped] = useState(value);
  const said = useRef(value); // what the page was last told, or has told: what comes from elsewhere replaces what was typed
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const search = (text: string) => {
    clearTimeout(timer.current);
    if (text.trim() !== said.current) {
      said.current = text.trim();
      onSearch(said.current);
    }
  };
  useEffect(() => {
    if (value !== said.current) {
      clearTimeout(timer.current);
      said.current = value;
      setTyped(value);
    }
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        search(typed);
      }}
    >
      <label className="form-label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        type="search"
        className="form-control"
        maxLength={200}
        autoComplete="off"
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => search(target.value), pause);
        }}
      />
    </form>
  );
}
