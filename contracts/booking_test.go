package contracts

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func sampleBooking() Booking {
	return Booking{
		ID: "0198c0de-0000-7000-8000-000000000001", Version: 1, EventID: "0198c0de-0000-7000-8000-000000000002",
		EventName: "Jazz Night é 東京", StartsAt: time.Date(2026, 11, 5, 19, 30, 0, 0, time.UTC),
		UserID: "0198c0de-0000-7000-8000-000000000003", Seats: 2, Status: StatusConfirmed,
		CreatedAt: time.Date(2026, 10, 1, 8, 0, 0, 123456789, time.UTC), Inventory: Inventory{Version: 7, SeatsTaken: 14},
	}
}

func TestBookingsAsTheyAreWrittenAreDecodedWithoutReflection(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Booking){
		"confirmed":     func(*Booking) {},
		"rejected":      func(b *Booking) { b.Status, b.Reason = StatusRejected, "sold-out" },
		"zero":          func(b *Booking) { *b = Booking{} },
		"negative":      func(b *Booking) { b.Seats = -3 },
		"another zone":  func(b *Booking) { b.StartsAt = b.StartsAt.In(time.FixedZone("", 2*60*60)) },
		"the most":      func(b *Booking) { b.Version = 1<<63 - 1 },
		"an empty text": func(b *Booking) { b.EventName = "" },
	} {
		b := sampleBooking()
		change(&b)
		data, err := json.Marshal(b)
		require.NoError(t, err)
		decoded, ok := decodePlainBooking(string(data))
		require.True(t, ok, name)
		require.Equal(t, b, decoded, name)
	}
}

func TestDecodeBookingIsUnmarshal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := Booking{
			ID: rapid.String().Draw(t, "id"), Version: rapid.Int64().Draw(t, "version"), EventID: rapid.String().Draw(t, "event id"),
			EventName: rapid.String().Draw(t, "name"), StartsAt: drawTime(t, "starts"), UserID: rapid.String().Draw(t, "user"),
			Seats: rapid.Int().Draw(t, "seats"), Status: rapid.String().Draw(t, "status"), Reason: rapid.String().Draw(t, "reason"),
			CreatedAt: drawTime(t, "created"),
			Inventory: Inventory{Version: rapid.Int64().Draw(t, "inventory"), SeatsTaken: rapid.Int().Draw(t, "taken")},
		}
		data, err := json.Marshal(b)
		require.NoError(t, err)
		requireUnmarshal(t, data)
		requireUnmarshal(t, damage(t, string(data)))
	})
}

func TestDecodeBookingIsAsStrict(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(sampleBooking())
	require.NoError(t, err)
	whole := string(data)
	for name, c := range map[string]struct{ from, to string }{
		"a text for a number":     {`"seats":2`, `"seats":"2"`},
		"a fraction":              {`"seats":2`, `"seats":2.5`},
		"an exponent":             {`"seats":2`, `"seats":2e0`},
		"a leading zero":          {`"seats":2`, `"seats":02`},
		"a negative leading zero": {`"seats":2`, `"seats":-02`},
		"a plus":                  {`"seats":2`, `"seats":+2`},
		"no digits":               {`"seats":2`, `"seats":-`},
		"too many digits":         {`"seats":2`, `"seats":9223372036854775808`},
		"another null":            {`"seats":2`, `"seats":null`},
		"a day too many":          {"2026-11-05", "2026-11-31"},
		"a comma in the time":     {"00.123", "00,123"},
		"an hour of one digit":    {"T08:", "T8:"},
		"an escape":               {"Jazz", `\u004aazz`},
		"a broken escape":         {"Jazz", `\u004`},
		"a line feed":             {"Jazz", "Ja\nzz"},
		"broken UTF-8":            {"Jazz", "Ja\xffzz"},
		"another order":           {`"seats":2,"status":"confirmed"`, `"status":"confirmed","seats":2`},
		"another case":            {`"seats"`, `"SEATS"`},
		"an unknown field":        {`"seats":2`, `"seats":2,"discount":10`},
		"a second of a field":     {`:14}}`, `:14},"seats":3}`},
		"blanks":                  {",", ", "},
		"something behind":        {"}}", "}} x"},
		"no end":                  {"}}", "}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireUnmarshal(t, []byte(strings.Replace(whole, c.from, c.to, 1)))
		})
	}
}

// FuzzDecodeBooking looks for data that the two ways read differently.
func FuzzDecodeBooking(f *testing.F) {
	data, _ := json.Marshal(sampleBooking())
	f.Add(data)
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) { requireUnmarshal(t, data) })
}

func requireUnmarshal(t require.TestingT, data []byte) {
	var want Booking
	wantErr := json.Unmarshal(data, &want)
	got, err := DecodeBooking(data)
	if wantErr != nil {
		require.Error(t, err, "%s", data)
		return
	}
	require.NoError(t, err, "%s", data)
	require.Equal(t, want, got, "%s", data)
}

// damage returns data with a part of it replaced.
func damage(t *rapid.T, data string) []byte {
	from := rapid.IntRange(0, len(data)).Draw(t, "from")
	to := rapid.IntRange(from, min(from+3, len(data))).Draw(t, "to")
	with := rapid.OneOf(rapid.SampledFrom([]string{"", "0", `"`, `\`, "}", ",", "-", "null", "\xff"}), rapid.StringN(1, 2, 8)).Draw(t, "with")
	return []byte(data[:from] + with + data[to:])
}

func drawTime(t *rapid.T, label string) time.Time {
	return time.Unix(rapid.Int64Range(-1<<35, 1<<37).Draw(t, label), rapid.Int64Range(0, 999999999).Draw(t, label+" ns")).UTC()
}

func BenchmarkDecodeBooking(b *testing.B) {
	data, err := json.Marshal(sampleBooking())
	require.NoError(b, err)
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = DecodeBooking(data)
		}
	})
	b.Run("general", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var booking Booking
			_ = json.Unmarshal(data, &booking)
		}
	})
}
