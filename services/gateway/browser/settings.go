package browser

import "context"

// Links are where operators find more; each is absent where nobody has named it.
type Links struct {
	Zipkin  string `json:"zipkin,omitempty" format:"uri" example:"https://zipkin.example"`
	Grafana string `json:"grafana,omitempty" format:"uri" example:"https://grafana.example"`
	Kibana  string `json:"kibana,omitempty" format:"uri" example:"https://kibana.example"`
}

// BrowserSettings is what the page has to know of this platform.
type BrowserSettings struct {
	Links       Links   `json:"links"`
	Spans       bool    `json:"spans" doc:"Whether the page's spans are taken"`
	SampleRatio float64 `json:"sample_ratio" minimum:"0" maximum:"1" doc:"Share of traces that the page should begin as sampled"`
}

type settingsOutput struct {
	Body BrowserSettings
}

// settings returns a handler that says the same to all.
func settings(o Options) func(context.Context, *struct{}) (*settingsOutput, error) {
	told := &settingsOutput{Body: BrowserSettings{Links: o.Links, Spans: o.Spans != nil, SampleRatio: o.SampleRatio}}
	return func(context.Context, *struct{}) (*settingsOutput, error) { return told, nil }
}
