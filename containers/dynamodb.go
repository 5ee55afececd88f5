package containers

import (
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go/wait"
)

// DynamoDB returns DynamoDB Local, Amazon's emulator, at 8000/tcp. It keeps its tables in memory, the same ones for every
// region and whatever credentials.
func DynamoDB() Part {
	return Part{
		Name: "dynamodb", Image: "DYNAMODB_IMAGE",
		Cmd:   []string{"-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb"},
		Ports: []string{"8000/tcp"}, Memory: 640 << 20,
		// Its port is open, and refuses requests, long before the first one that it does is done. Nobody checks the signature.
		Ready: wait.ForHTTP("/").WithPort("8000/tcp").WithMethod("POST").WithBody(strings.NewReader("{}")).WithHeaders(map[string]string{
			"Content-Type":  "application/x-amz-json-1.0",
			"X-Amz-Target":  "DynamoDB_20120810.ListTables",
			"Authorization": "AWS4-HMAC-SHA256 Credential=any/20300101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=any",
		}).WithStartupTimeout(2 * time.Minute),
	}
}
