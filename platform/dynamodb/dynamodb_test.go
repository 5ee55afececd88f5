package dynamodb_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/fault"
)

// withoutCredentials takes away what the machine may have.
func withoutCredentials(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	} {
		t.Setenv(name, "")
	}
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(name, filepath.Join(t.TempDir(), "none"))
	}
}

func TestMissingCredentialsAreNamedAtOnce(t *testing.T) {
	withoutCredentials(t)
	began := time.Now()
	_, err := dynamodb.Open(t.Context(), dynamodb.Options{URL: "dynamodb://local/shop?endpoint=http://127.0.0.1:1", Service: "shop"})
	require.ErrorContains(t, err, "AWS_ACCESS_KEY_ID")
	require.Less(t, time.Since(began), time.Second, "nobody is asked who is not there")
}

// open returns a DB whose server answers every request alike.
func open(t *testing.T, answer http.HandlerFunc) *dynamodb.DB {
	t.Helper()
	withoutCredentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "anything")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "anything")
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	db, err := dynamodb.Open(t.Context(), dynamodb.Options{URL: "dynamodb://local/shop?endpoint=" + server.URL, Service: "shop"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func refuse(w http.ResponseWriter, kind, more string) {
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte(`{"__type":"com.amazonaws.dynamodb.v20120810#` + kind + `"` + more + `}`))
}

func TestThrottledRequestsAreRepeatedAndThenUnavailable(t *testing.T) {
	var requests atomic.Int64
	db := open(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		refuse(w, "ProvisionedThroughputExceededException", "")
	})
	_, err := db.Table("").Get(t.Context(), dynamodb.Key{Partition: "a", Sort: "b"}, &dynamodb.Key{})
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.EqualValues(t, 4, requests.Load())
	require.ElementsMatch(t, []sample{
		{"dynamodb_requests_total", 4}, {"dynamodb_retries_total", 3}, {"dynamodb_throttled_requests_total", 4},
		{"dynamodb_cancelled_transactions_total", 0}, {"dynamodb_in_flight_requests", 0},
	}, values(t, db))
}

func TestTransactionThatMeetsAnotherIsRepeated(t *testing.T) {
	var requests atomic.Int64
	db := open(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) < 3 {
			refuse(w, "TransactionCanceledException", `,"CancellationReasons":[{"Code":"TransactionConflict"}]`)
			return
		}
		_, _ = w.Write([]byte("{}"))
	})
	require.NoError(t, db.Transact(t.Context(), db.Table("").Put(dynamodb.Key{Partition: "a", Sort: "b"}, dynamodb.Absent())))
	require.EqualValues(t, 3, requests.Load())
	require.Contains(t, values(t, db), sample{"dynamodb_cancelled_transactions_total", 2})
}

func TestRefusalSaysWhatIsThereInstead(t *testing.T) {
	db := open(t, func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, "TransactionCanceledException",
			`,"CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Item":{"pk":{"S":"a"},"sk":{"S":"c"}}}]`)
	})
	table := db.Table("")
	put := table.Put(dynamodb.Key{Partition: "a", Sort: "b"}, dynamodb.Absent())
	err := db.Transact(t.Context(), put, put)
	var refused *dynamodb.Refused
	require.ErrorAs(t, err, &refused)
	var found dynamodb.Key
	by, err := refused.By(0, &found)
	require.NoError(t, err)
	require.False(t, by)
	by, err = refused.By(1, &found)
	require.NoError(t, err)
	require.True(t, by)
	require.Equal(t, dynamodb.Key{Partition: "a", Sort: "c"}, found)
}

func TestDefectIsNotTakenForAStoreThatIsAway(t *testing.T) {
	db := open(t, func(w http.ResponseWriter, _ *http.Request) { refuse(w, "ValidationException", "") })
	_, err := db.Table("").Get(t.Context(), dynamodb.Key{Partition: "a", Sort: "b"}, &dynamodb.Key{})
	require.Equal(t, fault.Internal, fault.KindOf(err))
	require.ErrorContains(t, err, "ValidationException")
}

// sample is a metric's name and value.
type sample struct {
	name  string
	value float64
}

// values returns the metrics of a DB.
func values(t *testing.T, db *dynamodb.DB) (all []sample) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	for _, c := range db.Metrics() {
		require.NoError(t, registry.Register(c))
	}
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Empty(t, problems)
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		m := f.GetMetric()[0]
		all = append(all, sample{f.GetName(), m.GetCounter().GetValue() + m.GetGauge().GetValue()})
	}
	return all
}
