package zipkin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/platform/telemetry/zipkin"
)

// Spans of a provider go to Zipkin through the SDK's batch processor.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.Method, r.URL.Path, len(body) > 0)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()

	exporter, err := zipkin.New(zipkin.Options{
		URL:     server.URL + "/api/v2/spans",
		Dropped: func(d *zipkin.DropError) { fmt.Println("lost:", d) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))),
	)
	_, span := provider.Tracer("example").Start(context.Background(), "sell")
	span.End()
	if err := provider.Shutdown(context.Background()); err != nil { // sends what waits
		fmt.Println(err)
	}
	// Output: POST /api/v2/spans true
}
