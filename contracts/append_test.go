package contracts

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAppendedBookingsAreByteForByteWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]*`), rapid.SampledFrom([]string{
			"", "Jazz & <Rock>", "tab\t", "\x7f", "\u2028", "broken \xff", `"\`, "日本",
		}))
		at := rapid.Custom(func(t *rapid.T) time.Time {
			zone := time.FixedZone("", rapid.IntRange(-30*60, 30*60).Draw(t, "offset in minutes")*60)
			return time.Unix(rapid.Int64Range(-1<<36, 1<<38).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).In(zone)
		})
		b := Booking{
			ID: text.Draw(t, "id"), Version: rapid.Int64().Draw(t, "version"), EventID: text.Draw(t, "event id"),
			EventName: text.Draw(t, "event name"), StartsAt: at.Draw(t, "starts at"), UserID: text.Draw(t, "user id"),
			Seats: rapid.Int().Draw(t, "seats"), Status: text.Draw(t, "status"), Reason: text.Draw(t, "reason"),
			CreatedAt: at.Draw(t, "created at"),
			Inventory: Inventory{Version: rapid.Int64().Draw(t, "inventory version"), SeatsTaken: rapid.Int().Draw(t, "seats taken")},
		}
		want, wantErr := json.Marshal(b)
		got, err := b.AppendJSON([]byte("before "))
		if wantErr != nil {
			require.Error(t, err, "%s", wantErr)
			return
		}
		require.NoError(t, err)
		require.Equal(t, "before "+string(want), string(got))
	})
}

func BenchmarkAppendBooking(b *testing.B) {
	booking := sampleBooking()
	buffer := make([]byte, 0, 1024)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = booking.AppendJSON(buffer)
		}
	})
	b.Run("general", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = json.Marshal(booking)
		}
	})
}
