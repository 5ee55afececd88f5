import { useId } from 'react';

interface Props {
  value: string; // as typed
  most: number;
  mistake: string | undefined;
  disabled: boolean;
  onChange: (value: string) => void;
}

/** Chooses how many seats, by typing or one by one. */
export function SeatCounter({ value, most, mistake, disabled, onChange }: Props) {
  const id = useId();
  const seats = Number(value) || 0;
  const step = (by: number) => onChange(String(Math.min(most, Math.max(1, seats + by))));
  return (
    <div className="mb-3">
      <label className="form-label" htmlFor={id}>
        Seats
      </label>
      <div className="input-group counter">
        <button
          type="button"
          className="btn btn-outline-secondary"
          aria-label="One seat less"
          disabled={disabled || seats <= 1}
          onClick={() => step(-1)}
        >
          −
        </button>
        <input
          id={id}
          className={`form-control text-center ${mistake ? 'is-invalid' : ''}`}
          type="text"
          inputMode="numeric"
          autoComplete="off"
          value={value}
          disabled={disabled}
          aria-invalid={mistake ? true : undefined}
          aria-describedby={mistake ? `${id}-mistake` : undefined}
          onChange={({ target }) => onChange(target.value)}
        />
        <button
          type="button"
          className="btn btn-outline-secondary"
          aria-label="One seat more"
          disabled={disabled || seats >= most}
          onClick={() => step(1)}
        >
          +
        </button>
      </div>
      {mistake && (
        <div className="invalid-feedback d-block" id={`${id}-mistake`}>
          {mistake}
        </div>
      )}
    </div>
  );
}
