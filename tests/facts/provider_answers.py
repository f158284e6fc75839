"""Answers as the tools of four providers print them, written from their API references; no account of anybody's."""

from typing import Any

EKS: dict[str, Any] = {
    "name": "shop",
    "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/shop",
    "createdAt": "2026-01-05T10:12:00.123000+01:00",
    "version": "1.34",
    "endpoint": "https://EXAMPLE.gr7.eu-central-1.eks.amazonaws.com",
    "roleArn": "arn:aws:iam::111122223333:role/shop-cluster",
    "resourcesVpcConfig": {
        "subnetIds": ["subnet-example1", "subnet-example2"],
        "securityGroupIds": [],
        "clusterSecurityGroupId": "sg-example",
        "vpcId": "vpc-example",
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
        "publicAccessCidrs": ["0.0.0.0/0"],
    },
    "kubernetesNetworkConfig": {
        "serviceIpv4Cidr": "172.20.0.0/16",
        "ipFamily": "ipv4",
        "elasticLoadBalancing": {"enabled": False},
    },
    "logging": {
        "clusterLogging": [
            {"types": ["api", "authenticator"], "enabled": True},
            {"types": ["audit", "controllerManager", "scheduler"], "enabled": False},
        ]
    },
    "identity": {"oidc": {"issuer": "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"}},
    "status": "ACTIVE",
    "certificateAuthority": {"data": "U0VDUkVULUNFUlRJRklDQVRFLURBVEE="},
    "clientRequestToken": "SECRET7f3a91bc",
    "platformVersion": "eks.9",
    "tags": {"team": "shop", "db_password": "SECRET-tag-password"},
    "connectorConfig": {"activationId": "example", "activationCode": "SECRET5b6a7988"},
    "health": {"issues": []},
    "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True},
    "upgradePolicy": {"supportType": "EXTENDED"},
    "deletionProtection": False,
}

NODEGROUP: dict[str, Any] = {
    "nodegroupName": "workers",
    "nodegroupArn": "arn:aws:eks:eu-central-1:111122223333:nodegroup/shop/workers/example",
    "clusterName": "shop",
    "version": "1.34",
    "releaseVersion": "1.34.1-20251101",
    "status": "ACTIVE",
    "capacityType": "ON_DEMAND",
    "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
    "amiType": "AL2_x86_64",
    "nodeRole": "arn:aws:iam::111122223333:role/shop-nodes",
    "remoteAccess": {"ec2SshKey": "operators"},
    "health": {"issues": []},
    "tags": {},
}

GKE: dict[str, Any] = {
    "addonsConfig": {
        "dnsCacheConfig": {"enabled": True},
        "kubernetesDashboard": {},
        "networkPolicyConfig": {"disabled": True},
    },
    "autopilot": {},
    "binaryAuthorization": {},
    "clusterIpv4Cidr": "10.8.0.0/14",
    "controlPlaneEndpointsConfig": {
        "dnsEndpointConfig": {"allowExternalTraffic": False, "endpoint": "gke-example.europe-west1.gke.goog"},
        "ipEndpointsConfig": {
            "authorizedNetworksConfig": {},
            "enablePublicEndpoint": True,
            "enabled": True,
            "privateEndpoint": "10.132.0.2",
            "publicEndpoint": "192.0.2.10",
        },
    },
    "currentMasterVersion": "1.34.1-gke.1829001",
    "databaseEncryption": {"currentState": "CURRENT_STATE_DECRYPTED", "state": "DECRYPTED"},
    "endpoint": "192.0.2.10",
    "ipAllocationPolicy": {"useIpAliases": True, "stackType": "IPV4"},
    "legacyAbac": {"enabled": True},
    "location": "europe-west1",
    "loggingConfig": {"componentConfig": {"enableComponents": ["SYSTEM_COMPONENTS", "WORKLOADS"]}},
    "loggingService": "logging.googleapis.com/kubernetes",
    "maintenancePolicy": {"resourceVersion": "e3b0c442"},
    "masterAuth": {
        "clientCertificate": "U0VDUkVULWNsaWVudC1jZXJ0",
        "clientKey": "U0VDUkVULWNsaWVudC1rZXk=",
        "clusterCaCertificate": "U0VDUkVULWNhLWNlcnQ=",
        "username": "admin",
        "password": 'SECRET-"basic"-password',
    },
    "masterAuthorizedNetworksConfig": {},
    "name": "shop",
    "network": "default",
    "networkConfig": {
        "datapathProvider": "LEGACY_DATAPATH",
        "defaultSnatStatus": {},
        "network": "projects/example/global/networks/default",
        "serviceExternalIpsConfig": {},
    },
    "nodePools": [
        {
            "name": "default-pool",
            "config": {
                "imageType": "COS_CONTAINERD",
                "machineType": "e2-medium",
                "metadata": {"disable-legacy-endpoints": "true", "startup-script": "curl -u op:SECRET-script-line"},
                "serviceAccount": "default",
                "shieldedInstanceConfig": {"enableIntegrityMonitoring": True},
            },
            "management": {"autoRepair": True},
            "networkConfig": {},
        }
    ],
    "rbacBindingConfig": {
        "enableInsecureBindingSystemAuthenticated": True,
        "enableInsecureBindingSystemUnauthenticated": True,
    },
    "releaseChannel": {"channel": "REGULAR"},
    "selfLink": "https://container.googleapis.com/v1/projects/example/locations/europe-west1/clusters/shop",
    "shieldedNodes": {"enabled": True},
    "status": "RUNNING",
    "workloadIdentityConfig": {"workloadPool": "example.svc.id.goog"},
}

_ID = "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/shop/providers"

AKS: dict[str, Any] = {
    "aadProfile": None,
    "addonProfiles": {"kubeDashboard": {"config": None, "enabled": False}},
    "agentPoolProfiles": [
        {
            "name": "nodepool1",
            "enableEncryptionAtHost": False,
            "enableFips": False,
            "enableNodePublicIp": False,
            "mode": "System",
            "osSku": "Ubuntu",
            "securityProfile": {"enableSecureBoot": False, "enableVtpm": False, "sshAccess": "LocalUser"},
        }
    ],
    "apiServerAccessProfile": None,
    "autoUpgradeProfile": {"nodeOsUpgradeChannel": "NodeImage", "upgradeChannel": None},
    "currentKubernetesVersion": "1.34.1",
    "disableLocalAccounts": False,
    "enableRbac": True,
    "fqdn": "shop-example.hcp.westeurope.azmk8s.io",
    "httpProxyConfig": {"httpProxy": "http://proxy:SECRET-proxy-password@proxy.example:3128/", "trustedCa": "U0VDUkVU"},
    "id": f"{_ID}/Microsoft.ContainerService/managedClusters/shop",
    "identity": {"type": "SystemAssigned", "principalId": "00000000-0000-0000-0000-000000000000"},
    "kubernetesVersion": "1.34",
    "linuxProfile": {"adminUsername": "azureuser", "ssh": {"publicKeys": [{"keyData": "ssh-rsa SECRET-key-data"}]}},
    "location": "westeurope",
    "name": "shop",
    "networkProfile": {"networkPlugin": "azure", "networkPolicy": None, "outboundType": "loadBalancer"},
    "oidcIssuerProfile": {"enabled": False, "issuerUrl": None},
    "podIdentityProfile": None,
    "provisioningState": "Succeeded",
    "publicNetworkAccess": None,
    "securityProfile": {
        "azureKeyVaultKms": None,
        "defender": None,
        "imageCleaner": None,
        "workloadIdentity": None,
    },
    "servicePrincipalProfile": {"clientId": "msi", "secret": "SECRET-principal"},
    "type": "Microsoft.ContainerService/ManagedClusters",
    "windowsProfile": {"adminPassword": "SECRET-windows-password", "adminUsername": "azureuser"},
}

AUDIT: dict[str, Any] = {
    "id": f"{_ID}/microsoft.containerservice/managedclusters/shop/providers/microsoft.insights/diagnosticSettings/logs",
    "logs": [{"category": "kube-apiserver", "enabled": True}, {"category": "kube-audit-admin", "enabled": True}],
    "name": "logs",
    "type": "Microsoft.Insights/diagnosticSettings",
    "workspaceId": f"{_ID}/microsoft.operationalinsights/workspaces/logs",
}

OKE: dict[str, Any] = {
    "available-kubernetes-upgrades": [],
    "cluster-pod-network-options": [{"cni-type": "OCI_VCN_IP_NATIVE"}],
    "compartment-id": "ocid1.compartment.oc1..example",
    "endpoint-config": {"is-public-ip-enabled": True, "nsg-ids": None, "subnet-id": "ocid1.subnet.oc1..example"},
    "endpoints": {
        "kubernetes": None,
        "private-endpoint": "10.0.0.10:6443",
        "public-endpoint": "192.0.2.20:6443",
        "vcn-hostname-endpoint": None,
    },
    "freeform-tags": {"api-token": "SECRET1c2d3e4f"},
    "id": "ocid1.cluster.oc1.eu-frankfurt-1.example",
    "image-policy-config": {"is-policy-enabled": False, "key-details": []},
    "kms-key-id": None,
    "kubernetes-version": "v1.34.1",
    "lifecycle-state": "ACTIVE",
    "metadata": {"created-by-user-id": "ocid1.user.oc1..example", "time-created": "2026-01-05T10:12:00+00:00"},
    "name": "shop",
    "options": {
        "add-ons": {"is-kubernetes-dashboard-enabled": True, "is-tiller-enabled": False},
        "admission-controller-options": {"is-pod-security-policy-enabled": False},
    },
    "type": "BASIC_CLUSTER",
    "vcn-id": "ocid1.vcn.oc1..example",
}
