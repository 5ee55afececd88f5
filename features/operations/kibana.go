// Package operations reads what operators open at night: Kibana's saved searches, the runbooks, the dashboards, the alerts
// and the links between all of it. Its tests, and those of drills, evidence and containers, hold that against the platform.
package operations

import (
	"bytes"
	"encoding/json"
	"fmt"
)

//go:generate go run ../cmd/savedobjects ../../observability/kibana/objects.json ../../observability/kibana/saved-objects.ndjson

// Objects is the source of what Kibana imports.
type Objects struct {
	DataView DataView `json:"data_view"`
	Searches []Search `json:"searches"`
}

// DataView tells Kibana which indexes hold log lines.
type DataView struct {
	ID        string            `json:"id"`
	Title     string            `json:"title"` // the indexes, with wildcards
	Name      string            `json:"name"`
	TimeField string            `json:"time_field"`
	Formats   map[string]Format `json:"formats"` // by field
}

// Format is how Kibana shows a field.
type Format struct {
	ID     string         `json:"id"`
	Params map[string]any `json:"params"`
}

// Search is a saved search. Its query is in Lucene's language, which Elasticsearch understands without Kibana.
type Search struct {
	ID          string      `json:"id"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Query       string      `json:"query"`
	Columns     []string    `json:"columns"`
	Sort        [][2]string `json:"sort"` // field and asc or desc
}

// savedObject is an object as Kibana exports it.
type savedObject struct {
	Type        string      `json:"type"`
	ID          string      `json:"id"`
	Attributes  any         `json:"attributes"`
	References  []reference `json:"references"`
	CoreVersion string      `json:"coreMigrationVersion"`
	TypeVersion string      `json:"typeMigrationVersion"` // Kibana brings older ones up to date, and refuses newer ones
}

type reference struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

const (
	dataViewType = "index-pattern" // its name before Kibana 8
	searchType   = "search"
	coreVersion  = "8.8.0"
	viewVersion  = "8.0.0"
	findVersion  = "10.5.0"
	indexRef     = "kibanaSavedObjectMeta.searchSourceJSON.index"
)

// SavedObjects returns the lines that Kibana imports, made from their source.
func SavedObjects(source []byte) ([]byte, error) {
	var o Objects
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&o); err != nil {
		return nil, fmt.Errorf("source of the saved objects: %w", err)
	}
	formats, err := json.Marshal(o.DataView.Formats)
	if err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(o.DataView.object(string(formats))); err != nil {
		return nil, err
	}
	for _, s := range o.Searches {
		if err := encoder.Encode(s.object(o.DataView.ID)); err != nil {
			return nil, err
		}
	}
	return lines.Bytes(), nil
}

func (v DataView) object(formats string) savedObject {
	return savedObject{
		Type: dataViewType, ID: v.ID, References: []reference{}, CoreVersion: coreVersion, TypeVersion: viewVersion,
		Attributes: dataViewAttributes{Title: v.Title, Name: v.Name, TimeFieldName: v.TimeField, FieldFormatMap: formats, AllowNoIndex: true},
	}
}

type dataViewAttributes struct {
	Title          string `json:"title"`
	Name           string `json:"name"`
	TimeFieldName  string `json:"timeFieldName"`
	FieldFormatMap string `json:"fieldFormatMap"`
	AllowNoIndex   bool   `json:"allowNoIndex"` // it can be opened before the first line has arrived
}

func (s Search) object(view string) savedObject {
	a := searchAttributes{Title: s.Title, Description: s.Description, Columns: s.Columns, Sort: s.Sort}
	source, _ := json.Marshal(searchSource{Query: query{s.Query, "lucene"}, Filter: []string{}, Index: indexRef}) // strings only
	a.Meta.Source = string(source)
	return savedObject{
		Type: searchType, ID: s.ID, CoreVersion: coreVersion, TypeVersion: findVersion, Attributes: a,
		References: []reference{{Type: dataViewType, ID: view, Name: indexRef}},
	}
}

type searchAttributes struct {
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Columns     []string    `json:"columns"`
	Sort        [][2]string `json:"sort"`
	Meta        struct {
		Source string `json:"searchSourceJSON"`
	} `json:"kibanaSavedObjectMeta"`
}

type searchSource struct {
	Query  query    `json:"query"`
	Filter []string `json:"filter"`
	Index  string   `json:"indexRefName"`
}

type query struct {
	Query    string `json:"query"`
	Language string `json:"language"`
}

// ReadSavedObjects returns what Kibana makes of its lines.
func ReadSavedObjects(lines []byte) (Objects, error) {
	var o Objects
	for line := range bytes.Lines(lines) {
		var attributes json.RawMessage
		object := savedObject{Attributes: &attributes}
		err := json.Unmarshal(line, &object)
		switch {
		case err != nil:
		case object.Type == dataViewType:
			o.DataView, err = readDataView(object.ID, attributes)
		case object.Type == searchType:
			var s Search
			s, err = readSearch(object.ID, attributes)
			o.Searches = append(o.Searches, s)
		default:
			err = fmt.Errorf("nobody knows its type")
		}
		if err != nil {
			return Objects{}, fmt.Errorf("saved object %q of the type %q: %w", object.ID, object.Type, err)
		}
	}
	return o, nil
}

func readDataView(id string, attributes []byte) (DataView, error) {
	var a dataViewAttributes
	if err := json.Unmarshal(attributes, &a); err != nil {
		return DataView{}, err
	}
	v := DataView{ID: id, Title: a.Title, Name: a.Name, TimeField: a.TimeFieldName}
	return v, json.Unmarshal([]byte(a.FieldFormatMap), &v.Formats)
}

func readSearch(id string, attributes []byte) (Search, error) {
	var a searchAttributes
	if err := json.Unmarshal(attributes, &a); err != nil {
		return Search{}, err
	}
	var source searchSource
	if err := json.Unmarshal([]byte(a.Meta.Source), &source); err != nil {
		return Search{}, err
	}
	if source.Query.Language != "lucene" {
		return Search{}, fmt.Errorf("its query is in the language %q, which Elasticsearch does not speak", source.Query.Language)
	}
	return Search{
		ID: id, Title: a.Title, Description: a.Description, Query: source.Query.Query, Columns: a.Columns, Sort: a.Sort,
	}, nil
}
