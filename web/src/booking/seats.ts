const mostOfBooking = 100; // what the API takes

/** How many seats somebody can book at once where so many are left. */
export function mostSeats(seatsLeft: number): number {
  return Math.min(mostOfBooking, seatsLeft);
}

/** What is wrong with the number of seats that was typed; undefined where nothing is. */
export function seatsMistake(typed: string, seatsLeft: number): string | undefined {
  const most = mostSeats(seatsLeft);
  if (/^\d+$/.test(typed.trim()) && Number(typed) >= 1 && Number(typed) <= most) {
    return undefined;
  }
  return most === 1 ? 'Only 1 seat is left.' : `Choose from 1 to ${most} seats.`;
}
