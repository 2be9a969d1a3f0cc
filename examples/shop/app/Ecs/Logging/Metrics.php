<?php

declare(strict_types=1);

namespace App\Ecs\Logging;

use Illuminate\Support\Env;

/**
 * Metrics without an agent: a line of JSON on stdout in CloudWatch's embedded metric format.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
final class Metrics
{
    /**
     * Outside AWS, where METRICS_NAMESPACE is not set, nothing is printed.
     *
     * @param  string  $service  the ECS service or schedule that is measured
     * @param  array<string, array{int|float, string}>  $metrics  name => value and CloudWatch's unit
     */
    public static function put(string $service, array $metrics): void
    {
        $namespace = (string) Env::get('METRICS_NAMESPACE');
        if ($namespace !== '') {
            file_put_contents(ContainerOutput::stdout(), self::line($namespace, $service, $metrics), FILE_APPEND);
        }
    }

    /**
     * @param  array<string, array{int|float, string}>  $metrics
     */
    public static function line(string $namespace, string $service, array $metrics): string
    {
        $units = array_map(static fn (string $name): array => ['Name' => $name, 'Unit' => $metrics[$name][1]], array_keys($metrics));
        $values = array_map(static fn (array $metric): int|float => $metric[0], $metrics);
        $message = urldecode(http_build_query($values, arg_separator: ' '));

        return json_encode(ContainerOutput::record('info', "$service: $message") + [
            '_aws' => [
                'Timestamp' => (int) (microtime(true) * 1000),
                'CloudWatchMetrics' => [['Namespace' => $namespace, 'Dimensions' => [['ServiceName']], 'Metrics' => $units]],
            ],
            'ServiceName' => $service,
        ] + $values, JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR)."\n";
    }
}
