import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { isProblem } from '../api/problem';
import type { Booking, Event } from '../api/types';
import { ProblemMessage } from '../ui/ProblemMessage';
import { count, money } from '../ui/format';
import { SeatCounter } from './SeatCounter';
import { openIntent } from './intent';
import { seatsMistake, mostSeats } from './seats';
import { useBooking } from './useBooking';

interface Props {
  event: Event;
  seatsLeft: number; // as of this moment
  userId: string;
}

/** Where seats are booked, and where it is said what became of that. */
export function BookSeats({ event, seatsLeft, userId }: Props) {
  const { state, book, tryAgain, again } = useBooking(event.id, userId);
  const [typed, setTyped] = useState(() => String(openIntent(event.id, userId)?.seats ?? 1));
  const [touched, setTouched] = useState(false);
  const seats = Number(typed);
  const mistake = seatsMistake(typed, seatsLeft);
  const open = state.step === 'choosing' || state.step === 'refused' || state.step === 'booking';

  return (
    <>
      <Outcome>{state.step === 'booked' && <Booked booking={state.booking} again={again} />}</Outcome>
      {state.step === 'unknown' && (
        <>
          <ProblemMessage failure={state.failure} retry={tryAgain} />
          <p>
            Nobody can say yet whether your seats are booked. Trying again never books twice; <Link to="/bookings">My bookings</Link> shows
            what is booked.
          </p>
        </>
      )}
      {state.step === 'refused' && <Refused failure={state.failure} seatsLeft={seatsLeft} />}
      {open && (seatsLeft > 0 || state.step === 'booking') && (
        <form
          noValidate
          onSubmit={(submitted) => {
            submitted.preventDefault();
            setTouched(true);
            if (mistake === undefined) {
              book(seats);
            }
          }}
        >
          <SeatCounter
            value={typed}
            most={mostSeats(seatsLeft)}
            mistake={touched && state.step !== 'booking' ? mistake : undefined}
            disabled={state.step === 'booking'}
            onChange={setTyped}
          />
          <button className="btn btn-primary btn-lg w-100" disabled={state.step === 'booking'}>
            {state.step === 'booking' ? 'Booking …' : bookLabel(event, seats, mistake)}
          </button>
        </form>
      )}
    </>
  );
}

function bookLabel({ price }: Event, seats: number, mistake: string | undefined): string {
  if (mistake !== undefined) {
    return 'Book';
  }
  return `Book ${count(seats, 'seat')} · ${money({ ...price, amount: price.amount * seats })}`;
}

/** Is always there, so that what comes into it is announced. */
function Outcome({ children }: { children: ReactNode }) {
  return <div role="status">{children}</div>;
}

function Booked({ booking, again }: { booking: Booking; again: () => void }) {
  return (
    <div className="alert alert-success">
      <p className="mb-2">
        <strong>Booked.</strong> {count(booking.seats, 'seat')}, {money(booking.total)}. You find them in{' '}
        <Link to="/bookings">My bookings</Link>, where you can cancel them too.
      </p>
      <button type="button" className="btn btn-sm btn-success" onClick={again}>
        More seats
      </button>
    </div>
  );
}

function Refused({ failure, seatsLeft }: { failure: unknown; seatsLeft: number }) {
  if (isProblem(failure, 'not-enough-seats') && seatsLeft > 0) {
    return (
      <div className="alert alert-warning" role="alert">
        <strong>Not enough seats: {count(seatsLeft, 'seat')} left.</strong> Nothing was booked. Choose fewer seats and book again.
      </div>
    );
  }
  return <ProblemMessage failure={failure} />;
}
